#!/usr/bin/env python3
"""Turn numbered migrations into a C table: embed-sql.py NAME OUT FILE...

Each FILE is called NNNN_what.sql; the numbers must run from 1 without a gap.
"""
import pathlib
import re
import sys


def literal(line):
    quoted = line.replace("\\", "\\\\").replace('"', '\\"')
    return '\t  "%s\\n"\n' % quoted.replace("\t", "\\t")


def main(name, out, files):
    text = '#include "store/migrate.h"\n\n'
    text += "const struct store_migration %s[] = {\n" % name
    for expected, path in enumerate(map(pathlib.Path, sorted(files)), 1):
        match = re.fullmatch(r"(\d{4})_[a-z0-9_]+\.sql", path.name)
        if not match or int(match[1]) != expected:
            sys.exit("%s: should be number %04d" % (path, expected))
        text += '\t{ %d, "%s",\n' % (expected, path.stem)
        for line in path.read_text(encoding="ascii").splitlines():
            if line and not line.startswith("--"):
                text += literal(line)
        text += "\t},\n"
    text += "};\nconst unsigned %s_count = %d;\n" % (name, len(files))
    pathlib.Path(out).write_text(text, encoding="ascii")


main(sys.argv[1], sys.argv[2], sys.argv[3:])
