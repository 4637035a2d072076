"""Writes functions that show a message as the JSON of Kafka's own converters; for tests only."""

from .emit import NOTICE, Body, StructCode, condition, is_default
from .model import lower_camel_case


def header(schemas):
    messages = [m for s in schemas for m in s.messages]
    includes = "".join(f'#include "protocol/messages/{s.stem}.h"\n' for s in schemas)
    functions = "".join(f"boost::json::value dump(const {m.name}& message, std::int16_t version);\n" for m in messages)
    return (NOTICE.format("") + "// The fields of a version, named and written as Kafka's *JsonConverter classes do.\n"
            "#pragma once\n\n#include <boost/json.hpp>\n#include <cstdint>\n\n" + includes +
            "\nnamespace barnabas::protocol {\n\n" + functions + "\n}  // namespace barnabas::protocol\n")


def _value(field, name):
    return f"dump_value({name})" if not field.is_struct else f"dump_value({name}, version)"


def _dump_field(body, field):
    key = lower_camel_case(field.name)
    arguments = f"{field.name}, version" if field.is_struct else field.name
    body(f'out["{key}"] = dump_value(value.{arguments});')


def _struct(message, struct):
    code = StructCode(message, struct)
    body = Body()
    body("boost::json::object out;")
    for field in struct.fields:
        tests = [condition(code.within, field.versions & code.within)]
        if field.tag is not None:
            tests.append(f"!({is_default(field, 'value.' + field.name)})"
                         .replace(f"== {field.base}{{}}", f"== {message.name}::{field.base}{{}}"))
        test = " && ".join(t for t in tests if t)
        if test:
            body.open(f"if ({test}) {{")
        _dump_field(body, field)
        if test:
            body.close()
    body("return out;")
    name = "dump" if struct is message.root else "dump_value"
    used = any("version" in line for line in body.lines)
    version = "std::int16_t version" if used else "std::int16_t /*version*/"
    inline = "" if struct is message.root else "static "
    return f"{inline}boost::json::value {name}(const {code.scope}& value, {version}) {{\n{body.text()}}}\n"


def source(schema, source_name):
    parts = [NOTICE.format(source_name) + '#include "tests/protocol/dump_value.h"\n'
             f'#include "protocol/messages/{schema.stem}.h"\n', "namespace barnabas::protocol {\n"]
    for message in schema.messages:
        parts += [_struct(message, struct) for struct in [*message.structs, message.root]]
    return "\n".join(parts) + "\n}  // namespace barnabas::protocol\n"
