#!/usr/bin/env python3
"""check-limits - the house limits that no compiler knows: files of at most 500
lines (tests, which are lists, 800), lines of at most 80 columns (a tab counts
8), no // comments in C, no text that names somebody else's product."""
import pathlib
import re
import subprocess
import sys

FILE_MAX = 500
TEST_MAX = 800
COLUMN_MAX = 80
FORMATS_OFF = re.compile(r"clang-format off(.*?)clang-format on", re.S)
STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', re.S)
COMMENT = re.compile(r"/\*.*?\*/", re.S)
PRODUCT = re.compile(r"Microsoft|Windows Server|Active Directory")


def check(path):
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    most = TEST_MAX if path.parts[0] == "tests" else FILE_MAX
    if len(lines) > most:
        yield f"{path}: {len(lines)} lines, more than {most}"
    off = {n for m in FORMATS_OFF.finditer(text)
           for n in range(text.count("\n", 0, m.start()),
                          text.count("\n", 0, m.end()) + 1)}
    for n, line in enumerate(lines):
        wide = len(line.expandtabs(8))
        if wide > COLUMN_MAX and path.suffix != ".def" and n not in off:
            # The formatter leaves only what it cannot break: a long literal.
            if '"' not in line:
                yield f"{path}:{n + 1}: {wide} columns"
    code = COMMENT.sub("", text)
    for s in STRING.findall(code):
        if PRODUCT.search(s):
            yield f"{path}: a text names a product: {s[:60]}"
    if "//" in STRING.sub('""', code):
        yield f"{path}: // comment"


def main():
    names = subprocess.run(
        ["git", "ls-files", "--", "src/*.[ch]", "src/*.def", "tests/*.[ch]",
         "bench/*.[ch]"], capture_output=True, text=True, check=True).stdout
    found = [f for n in names.split() for f in check(pathlib.Path(n))]
    print("\n".join(found) if found else "limits: clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
