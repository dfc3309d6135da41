#!/usr/bin/env python3
"""static-hash - the content hash that addresses of static files carry.

    tools/static-hash.py FOLDER HEADER DEPFILE

One hash for the whole folder, so that modules in it may import each other by
relative addresses. Whatever changes in the folder changes every address, which
is why they may be cached for ever.
"""
import hashlib
import pathlib
import sys


def main(folder, header, depfile):
    folder = pathlib.Path(folder).resolve()
    paths = sorted(p for p in folder.rglob("*"))
    h = hashlib.sha256()
    for p in paths:
        if p.is_file():
            content = p.read_bytes()
            h.update(f"{p.relative_to(folder)}\n{len(content)}\n".encode())
            h.update(content)
    pathlib.Path(header).write_text(
        "/* Made by tools/static-hash.py. */\n#pragma once\n"
        f'#define HTML_STATIC_HASH "{h.hexdigest()[:16]}"\n')
    # The folders too: a file that comes or goes changes their time.
    names = " ".join(str(p).replace(" ", "\\ ") for p in [folder, *paths])
    pathlib.Path(depfile).write_text(f"{header}: {names}\n")


main(*sys.argv[1:])
