#!/usr/bin/env python3
"""Runs Vectors.java over every message and version of the schemas: make_vectors.py SCHEMA_DIR JAR_DIR OUT"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "protocol"))
from generator import parse  # noqa: E402


def main(schema_dir, jar_dir, out):
    _, schemas = parse.parse_directory(schema_dir)
    wanted = []
    for message in (m for s in schemas for m in s.messages):
        wanted += [message.name, str(message.versions.first), str(message.versions.last)]
    command = ["java", "-cp", f"{jar_dir}/*", str(HERE / "Vectors.java"), out, *wanted]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
