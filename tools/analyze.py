#!/usr/bin/env python3
"""analyze - gcc -fanalyzer over every file of src/ with the flags of a build.

    tools/analyze.py BUILD-FOLDER

Leaks are left to LeakSanitizer in the unit tests: gcc 12 loses sight of what
is handed over through a struct of the caller's and reports it as lost.
"""
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys

DROP_NEXT = {"-o", "-MF", "-MQ"}


def commands(build):
    here = os.path.realpath("src") + os.sep
    seen = set()
    with open(os.path.join(build, "compile_commands.json")) as f:
        for c in json.load(f):
            path = os.path.realpath(os.path.join(c["directory"], c["file"]))
            if path.startswith(here) and path not in seen:
                seen.add(path)
                yield path, c["directory"], shlex.split(c["command"])


def analyze(job):
    path, folder, words = job
    out, skip = [], False
    for w in words:
        if skip:
            skip = False
        elif w in DROP_NEXT:
            skip = True
        elif w not in ("-MD", "-Werror"):
            out.append(w)
    out += ["-o", os.devnull, "-fanalyzer", "-DOCS_ANALYZE",
            "-Wno-analyzer-malloc-leak", "-Wno-unused-value",
            "-Wno-analyzer-too-complex"]
    r = subprocess.run(out, cwd=folder, capture_output=True, text=True)
    bad = r.returncode != 0 or "-Wanalyzer" in r.stderr
    return path, r.stderr if bad else ""


def main():
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, text in pool.map(analyze, commands(sys.argv[1])):
            if text:
                failed += 1
                print(text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
