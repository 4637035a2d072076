"""Writes what speaks of all schemas at once: the table of APIs, and the visitor over every message."""

from .emit import NOTICE
from .model import NEVER


def table(schemas):
    rows = []
    for request in (s.messages[0] for s in schemas if s.messages[0].kind == "request"):
        flexible = "kNeverFlexible" if request.flexible_from == NEVER else request.flexible_from
        rows.append(f'    ApiInfo{{ApiKey::k{request.api}, "{request.api}", {request.versions.first}, '
                    f"{request.versions.last}, {flexible}}},")
    return (NOTICE.format("") + "#pragma once\n\n#include <array>\n\n"
            '#include "protocol/header.h"\n\nnamespace barnabas::protocol {\n\n'
            "// Every API that has a schema, in the order of the keys.\n"
            f"inline constexpr std::array<ApiInfo, {len(rows)}> kApis{{{{\n" + "\n".join(rows) +
            "\n}};\n\n}  // namespace barnabas::protocol\n")


def _visitor(name, messages):
    calls = "".join(f"  visit.template operator()<{m.name}>();\n" for m in messages)
    return f"template <class Visitor>\nvoid {name}(Visitor&& visit) {{\n{calls}}}\n\n"


def for_each(schemas):
    messages = [m for s in schemas for m in s.messages]
    includes = "".join(f'#include "protocol/messages/{s.stem}.h"\n' for s in schemas)
    text = (NOTICE.format("") + "// Calls visit.operator()<Message>() for every message of a kind.\n#pragma once\n\n" +
            includes + "\nnamespace barnabas::protocol {\n\n")
    for kind in ("request", "response", "record"):
        text += _visitor(f"for_each_{kind}", [m for m in messages if m.kind == kind])
    text += ("template <class Visitor>\nvoid for_each_message(Visitor&& visit) {\n"
             "  for_each_request(visit);\n  for_each_response(visit);\n  for_each_record(visit);\n}\n\n")
    return text + "}  // namespace barnabas::protocol\n"
