#!/usr/bin/env python3
"""Turns protocol/schema/*.schema into C++ (see generator/parse.py for the language).

    generate.py SCHEMA_DIR [--messages DIR] [--dumps DIR]    write what changed
"""

import argparse
import pathlib
import sys

if __package__ in (None, ""):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
    from generator import emit, emit_all, emit_dump, parse
    from generator.model import SchemaError


def write_if_changed(path, text):
    """Leaves an equal file alone, so that nothing is compiled again for it."""
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_messages(directory, schemas):
    for schema in schemas:
        source = pathlib.Path(schema.path).name
        write_if_changed(directory / f"{schema.stem}.h", emit.header(schema, source))
        write_if_changed(directory / f"{schema.stem}.cc", emit.source(schema, source))
    write_if_changed(directory / "all.h", emit_all.table(schemas))
    write_if_changed(directory / "for_each.h", emit_all.for_each(schemas))


def write_dumps(directory, schemas):
    for schema in schemas:
        source = pathlib.Path(schema.path).name
        write_if_changed(directory / f"{schema.stem}.cc", emit_dump.source(schema, source))
    write_if_changed(directory / "dump.h", emit_dump.header(schemas))


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("schemas", type=pathlib.Path)
    parser.add_argument("--messages", type=pathlib.Path)
    parser.add_argument("--dumps", type=pathlib.Path)
    options = parser.parse_args(arguments)
    try:
        _, schemas = parse.parse_directory(options.schemas)
    except SchemaError as error:
        print(error, file=sys.stderr)
        return 1
    if options.messages:
        write_messages(options.messages, schemas)
    if options.dumps:
        write_dumps(options.dumps, schemas)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
