#!/usr/bin/env python3
"""Prints the end of what each failing test of the last ctest run has printed, so that a long run's own end says why it failed.

    last_failures.py BUILD_DIR
"""
import pathlib
import re
import sys

LINES = 60


def main():
    made = pathlib.Path(sys.argv[1]) / "Testing/Temporary"
    failed = [line.split(":", 1)[1] for line in (made / "LastTestsFailed.log").read_text().splitlines()]
    log = (made / "LastTest.log").read_text(errors="replace")
    for name in failed:
        found = re.search(rf"^\d+/\d+ Test: {re.escape(name)}$.*?^Output:\n-+\n(.*?)^<end of output>$", log, re.DOTALL | re.MULTILINE)
        lines = found.group(1).splitlines() if found else ["(printed nothing that was kept)"]
        print(f"--- {name}", *lines[-LINES:], sep="\n")


main()
