"""Writes functions that show a message as the JSON of Kafka's own converters; for tests only.

The names are Kafka's in lower case: throttletimems.
"""

import re

from .emit import NOTICE, Body, StructCode, condition, is_default


def header(schemas):
    messages = [m for s in schemas for m in s.messages]
    includes = "".join(f'#include "protocol/messages/{s.stem}.h"\n' for s in schemas)
    functions = "".join(f"boost::json::value dump(const {m.name}& message, std::int16_t version);\n" for m in messages)
    return (NOTICE.format("") + "// The fields of a version, named and written as Kafka's *JsonConverter classes do.\n"
            "#pragma once\n\n#include <boost/json.hpp>\n#include <cstdint>\n\n" + includes +
            "\nnamespace barnabas::protocol {\n\n" + functions + "\n}  // namespace barnabas::protocol\n")


def _dump_field(body, field):
    key = field.name.replace("_", "")
    if field.base == "records":
        body(f'dump_records(out, "{key}", value.{field.name});')
    elif field.is_struct:
        one = "[&](const auto& one) { return dump_value(one, version); }"
        body(f'out["{key}"] = dump_all(value.{field.name}, {one});')
    else:
        body(f'out["{key}"] = dump_value(value.{field.name});')


def _struct(message, struct):
    code = StructCode(message, struct)
    body = Body()
    body("boost::json::object out;")
    for field in struct.fields:
        tests = [condition(code.within, field.versions & code.within)]
        if field.tag is not None:
            # Inside the struct its types need no scope; here they do.
            default = is_default(field, f"value.{field.name}").replace(
                f"== {field.base}{{}}", f"== {message.name}::{field.base}{{}}")
            tests.append(f"!({default})")
        test = " && ".join(t for t in tests if t)
        if test:
            body.open(f"if ({test}) {{")
        _dump_field(body, field)
        if test:
            body.close()
    body("return out;")
    name = "dump" if struct is message.root else "dump_value"
    used = any(re.search(r"\bversion\b", re.sub('"[^"]*"', "", line)) for line in body.lines)
    version = "std::int16_t version" if used else "std::int16_t /*version*/"
    linkage = "" if struct is message.root else "static "
    return f"{linkage}boost::json::value {name}(const {code.scope}& value, {version}) {{\n{body.text()}}}\n"


def source(schema, source_name):
    parts = [NOTICE.format(source_name) + '#include "tests/protocol/dump_value.h"\n'
             f'#include "protocol/messages/{schema.stem}.h"\n', "namespace barnabas::protocol {\n"]
    for message in schema.messages:
        parts += [_struct(message, struct) for struct in [*message.structs, message.root]]
    return "\n".join(parts) + "\n}  // namespace barnabas::protocol\n"
