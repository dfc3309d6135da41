#!/usr/bin/env python3
"""Release programs cannot have their clock moved.

    test_clock.py release|test PROGRAM...

The variable that moves the clock (base/clock.c) must be unknown to a release
build and known to a build with -Dtest_clock=true; the second half proves that
the first looks for the right thing. TAP.
"""
import pathlib
import sys

MARK = b"OPENCERTSRV_TEST_CLOCK"


def main():
    wanted = {"release": False, "test": True}[sys.argv[1]]
    programs = [pathlib.Path(p) for p in sys.argv[2:]]
    failed = not programs
    print(f"1..{len(programs)}")
    for number, program in enumerate(programs, 1):
        good = (MARK in program.read_bytes()) == wanted
        failed |= not good
        print(f"{'ok' if good else 'not ok'} {number} - {program.name} "
              f"{'has' if wanted else 'lacks'} the test clock")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
