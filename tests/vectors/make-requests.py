#!/usr/bin/env python3
"""make-requests.py - write the request vectors: good/ and hostile/, with a table each.

    tests/vectors/make-requests.py [FOLDER]      default: beside this file

The same bytes every time. A line of good/TABLE is
    FILE KIND PURPOSE PROOF SIGNERS REQUESTER (- for none)
and of hostile/TABLE
    FILE ERROR (a name of src/base/err.def)
What the error must be was decided here, by what was done to the message, and
not by asking the code that is tested."""
import pathlib
import sys

from good import good
from hostile import hostile


def write(folder, rows):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.der"):
        old.unlink()
    lines, seen = [], {}
    for name, der, *rest in rows:
        assert name not in seen, name
        seen[name] = 1
        (folder / f"{name}.der").write_bytes(der)
        lines.append(" ".join([name, *rest]))
    (folder / "TABLE").write_text("\n".join(lines) + "\n")
    return len(lines)


def main():
    base = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else \
        pathlib.Path(__file__).parent
    print(write(base / "good", good()), "good,",
          write(base / "hostile", hostile()), "hostile")


if __name__ == "__main__":
    main()
