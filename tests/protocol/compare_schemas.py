#!/usr/bin/env python3
"""Compares protocol/schema with Kafka's own definitions, field by field and version by version.

    compare_schemas.py SCHEMA_DIR JAR_DIR

The jars carry them as common/message/*.json. Every API of a ZooKeeper-mode broker must have a schema.
"""

import json
import pathlib
import re
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "protocol"))
from generator import parse  # noqa: E402
from generator.model import NEVER, NO_VERSIONS, Versions, snake_case  # noqa: E402


def load_definitions(jars):
    definitions = {}
    for jar in sorted(pathlib.Path(jars).glob("kafka-*.jar")):
        with zipfile.ZipFile(jar) as archive:
            for name in archive.namelist():
                if re.match(r"common/message/\w+\.json$", name):
                    definition = json.loads(without_comments(archive.read(name).decode()))
                    definitions[definition["name"]] = definition
    return definitions


def without_comments(text):
    return re.sub(r'("(?:[^"\\]|\\.)*")|//[^\n]*', lambda m: m[1] or "", text)


def versions(text):
    if text in (None, "none"):
        return NO_VERSIONS
    if text.endswith("+"):
        return Versions(int(text[:-1]), NEVER)
    first, _, last = text.partition("-")
    return Versions(int(first), int(last or first))


def canonical_default(text, base, is_array):
    """What the default means; silence means zero, empty or false."""
    text = None if text is None else str(text).lower()
    if text == "null":
        return None
    if is_array or base not in ("bool", "int8", "int16", "uint16", "int32", "int64", "float64", "string"):
        return ""
    if base == "string":
        return (text or "").strip('"')
    if base == "bool":
        return text == "true"
    return float(text) if base == "float64" and text else int(text or "0", 0)


class Comparison:
    def __init__(self):
        self.differences = []
        self.fields = 0

    def expect(self, where, what, ours, theirs):
        if ours != theirs:
            self.differences.append(f"{where}: {what} is {ours}, Kafka's is {theirs}")

    def message(self, message, definition):
        name, all_versions = message.name, versions(definition["validVersions"])
        self.expect(name, "versions", str(message.versions), str(all_versions))
        flexible = versions(definition["flexibleVersions"])
        self.expect(name, "flexible from", message.flexible_from, NEVER if flexible.empty else flexible.first)
        self.expect(name, "key", message.key, definition.get("apiKey"))
        shared = {s["name"]: s for s in definition.get("commonStructs", [])}
        used = set()
        self.struct(message, message.root, definition["fields"], all_versions, shared, used)
        self.expect(name, "structs", sorted(s.name for s in message.structs), sorted(used))

    def struct(self, message, struct, fields, within, shared, used):
        where = message.name if struct is message.root else f"{message.name}.{struct.name}"
        theirs = [f for f in fields if not (versions(f["versions"]) & within).empty]
        self.expect(where, "fields", [f.name for f in struct.fields], [snake_case(f["name"]) for f in theirs])
        if len(struct.fields) != len(theirs):
            return
        for ours, their in zip(struct.fields, theirs):
            self.field(message, where, ours, their, within, shared, used)

    def field(self, message, where, ours, their, within, shared, used):
        self.fields += 1
        where = f"{where}.{ours.name}"
        type_name = their["type"].strip()
        base, is_array = type_name.removeprefix("[]"), type_name.startswith("[]")
        self.expect(where, "type", ("[]" if ours.is_array else "") + ours.base, type_name)
        present = versions(their["versions"]) & within
        self.expect(where, "versions", str(ours.versions & within), str(present))
        nullable = versions(their.get("nullableVersions")) & present
        self.expect(where, "nullable", str(ours.nullable & present), str(nullable))
        self.expect(where, "tag", ours.tag, their.get("tag"))
        if "tag" in their:
            self.expect(where, "tagged", str(ours.versions & within), str(versions(their["taggedVersions"]) & within))
        self.expect(where, "ignorable", ours.ignorable, str(their.get("ignorable", False)).lower() == "true")
        self.expect(where, "default", *self.defaults(ours, their, base, is_array))
        self.expect(where, "flexible versions of its own", None, their.get("flexibleVersions"))
        if not ours.is_struct or base in used:
            return
        used.add(base)
        struct = message.struct(ours.base)
        inner = shared[base] if base in shared else their
        inside = versions(inner["versions"]) & within
        self.expect(where, "versions of its struct", str(struct.versions & within), str(inside))
        self.struct(message, struct, inner["fields"], inside, shared, used)

    @staticmethod
    def defaults(ours, their, base, is_array):
        if base == "records":  # a MemoryRecords that nobody set is null, whatever the definition says
            return None, None
        return (canonical_default(ours.default, base, is_array),
                canonical_default(their.get("default"), base, is_array))


def main(schema_dir, jar_dir):
    definitions = load_definitions(jar_dir)
    comparison = Comparison()
    _, schemas = parse.parse_directory(schema_dir)
    messages = {m.name: m for s in schemas for m in s.messages}
    for name, message in messages.items():
        if name in definitions:
            comparison.message(message, definitions[name])
        else:
            comparison.differences.append(f"{name}: Kafka has no such message")
    served = [n for n, d in definitions.items() if "zkBroker" in d.get("listeners", [])]
    comparison.expect("all", "APIs without a schema", sorted(n for n in served if n not in messages), [])
    for difference in comparison.differences:
        print(difference)
    print(f"{len(messages)} messages, {comparison.fields} fields, {len(comparison.differences)} differences")
    return 1 if comparison.differences or not messages else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
