"""Reads schema text: lines to tokens, tokens to a model, and refuses what cannot be.

    type Offset int64                              a domain type and what carries it (types.schema only)
    api 12 Heartbeat  v0-4  flexible v4+           then `request` and `response`, fields indented below
    record OffsetCommitKey  v0-1                   a message without a request: fields indented below
    struct TopicPartitions  v0+                    a struct that several fields use, before them
    name  []int32? : BrokerId  v1-3  nullable v2+  ignorable  default null  tag 0

Indentation is two spaces a level. A field whose type is not defined yet defines it with the lines below it.
`?` means nullable in every version of the field, `nullable` in some. A field without versions is in all of its struct's.
"""

import dataclasses
import pathlib
import re

from .model import (INTEGER_BITS, NEVER, NO_VERSIONS, PRIMITIVES, Field, Message, Schema, SchemaError,
                    Struct, Versions)

_TOKEN = re.compile(r'"[^"]*"|:|[^\s:#"]+|(?P<bad>")')
_VERSIONS = re.compile(r"v(\d+)(?:(\+)|-(\d+))?$")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*$")
_TYPE_NAME = re.compile(r"[A-Z][A-Za-z0-9]*$")
_KEYWORDS = {"default", "operator", "new", "delete", "register", "private", "public", "class", "struct", "namespace",
             "template", "union", "export", "this", "throw", "try", "bool", "int", "long", "short", "float",
             "double", "and", "or", "not", "decode", "encode", "read", "write"}


@dataclasses.dataclass
class Line:
    number: int
    level: int
    tokens: list


class _Tokens:
    """The tokens of one line, taken from the left."""

    def __init__(self, path, line):
        self.path, self.line, self.left = path, line.number, list(line.tokens)

    def error(self, text):
        return SchemaError(self.path, self.line, text)

    def peek(self):
        return self.left[0] if self.left else None

    def take(self, what):
        if not self.left:
            raise self.error(f"{what} expected at the end of the line")
        return self.left.pop(0)

    def take_if(self, token):
        if self.peek() != token:
            return False
        self.left.pop(0)
        return True

    def versions(self):
        text = self.take("versions")
        match = _VERSIONS.match(text)
        if not match:
            raise self.error(f"'{text}' is no range of versions (v3, v1-3, v1+)")
        first, is_open, last = int(match[1]), match[2], match[3]
        result = Versions(first, NEVER if is_open else int(last or first))
        if result.empty:
            raise self.error(f"'{text}' is an empty range")
        return result

    def number(self, what):
        text = self.take(what)
        if not re.match(r"\d+$", text):
            raise self.error(f"{what} must be a number, not '{text}'")
        return int(text)

    def type_name(self, what):
        text = self.take(what)
        if not _TYPE_NAME.match(text):
            raise self.error(f"{what} must be CamelCase, not '{text}'")
        return text

    def end(self):
        if self.left:
            raise self.error(f"'{self.left[0]}' is not expected here")


def lex(path, text):
    lines = []
    for number, raw in enumerate(text.splitlines(), 1):
        code = re.sub(r'("[^"]*")|#.*', lambda m: m[1] or "", raw).rstrip()
        if not code:
            continue
        if "\t" in code:
            raise SchemaError(path, number, "a tab: indentation is two spaces a level")
        indent = len(code) - len(code.lstrip(" "))
        if indent % 2:
            raise SchemaError(path, number, "indentation is two spaces a level")
        matches = list(_TOKEN.finditer(code))
        if any(m["bad"] for m in matches):
            raise SchemaError(path, number, "a text that does not end")
        lines.append(Line(number, indent // 2, [m[0] for m in matches]))
    return lines


def parse_types(path, text):
    """types.schema: the names that integers and ids go by, and what carries them."""
    types = {}
    for line in lex(path, text):
        tokens = _Tokens(path, line)
        if tokens.take("'type'") != "type" or line.level:
            raise tokens.error("only 'type Name primitive' stands here")
        name, carrier = tokens.type_name("a type's name"), tokens.take("a primitive")
        if carrier not in INTEGER_BITS and carrier != "uuid":
            raise tokens.error(f"'{carrier}' cannot carry a domain type")
        if name in types:
            raise tokens.error(f"'{name}' is there twice")
        tokens.end()
        types[name] = carrier
    return types


class _Parser:
    def __init__(self, path, text, types):
        self.path, self.types = str(path), types
        self.lines = lex(self.path, text)
        self.at = 0

    def error(self, line, text):
        return SchemaError(self.path, line, text)

    def peek(self):
        return self.lines[self.at] if self.at < len(self.lines) else None

    def next(self):
        self.at += 1
        return self.lines[self.at - 1]

    def parse(self):
        if not self.lines:
            raise self.error(1, "an empty schema")
        line = self.next()
        tokens = _Tokens(self.path, line)
        word = tokens.take("'api' or 'record'")
        if word == "api":
            messages = self._api(tokens)
        elif word == "record":
            messages = [self._message("record", tokens.type_name("a record's name"), line, *self._head(tokens))]
        else:
            raise tokens.error(f"a schema starts with 'api' or 'record', not '{word}'")
        if self.peek():
            raise self.error(self.peek().number, "more than one message")
        stem = re.sub(r"^\d+_", "", pathlib.Path(self.path).stem)
        return Schema(self.path, stem, messages)

    def _head(self, tokens):
        versions = tokens.versions()
        if versions.last == NEVER:
            raise tokens.error("a message needs a last version")
        flexible = NEVER
        if tokens.take_if("flexible"):
            flexible = tokens.versions().first
        tokens.end()
        return versions, flexible

    def _api(self, tokens):
        key, api = tokens.number("an API key"), tokens.type_name("an API's name")
        head = self._head(tokens)
        messages = []
        for kind in ("request", "response"):
            line = self.peek()
            if not line or line.level or line.tokens != [kind]:
                raise self.error(line.number if line else self.lines[-1].number, f"'{kind}' expected")
            self.next()
            message = self._message(kind, api + kind.capitalize(), line, *head)
            message.api, message.key = api, key
            messages.append(message)
        return messages

    def _message(self, kind, name, line, versions, flexible):
        message = Message(kind, Struct(name, line.number, versions), versions, flexible)
        self._body(message, message.root, 1)
        _check_message(self.path, message)
        return message

    def _body(self, message, struct, level):
        while self.peek() and self.peek().level >= level:
            line = self.next()
            if line.level > level:
                raise self.error(line.number, "indented deeper than anything above it allows")
            if line.tokens[0] == "struct" and len(line.tokens) > 1 and _TYPE_NAME.match(line.tokens[1]):
                self._shared_struct(message, line)
            else:
                self._field(message, struct, line)

    def _shared_struct(self, message, line):
        tokens = _Tokens(self.path, line)
        tokens.take("struct")
        struct = Struct(tokens.type_name("a struct's name"), line.number, message.versions)
        if tokens.peek():
            struct.versions = tokens.versions() & message.versions
        tokens.end()
        self._define(message, struct, line.level + 1)

    def _define(self, message, struct, level):
        if message.struct(struct.name) or struct.name == message.name:
            raise self.error(struct.line, f"'{struct.name}' is there twice")
        self._body(message, struct, level)
        if not struct.fields:
            raise self.error(struct.line, f"'{struct.name}' has no fields")
        message.structs.append(struct)

    def _field(self, message, struct, line):
        tokens = _Tokens(self.path, line)
        field = self._name_and_type(tokens)
        question = self._question
        if tokens.take_if(":"):
            field.domain = tokens.type_name("a domain type")
        field.versions = struct.versions
        self._attributes(struct, field, tokens)
        if question:
            if not field.nullable.empty:
                raise tokens.error("both '?' and 'nullable'")
            field.nullable = field.versions
        if any(f.name == field.name for f in struct.fields):
            raise tokens.error(f"'{field.name}' is there twice")
        self._check_field(message, struct, field, tokens)
        self._struct_below(message, field, line)
        struct.fields.append(field)

    def _name_and_type(self, tokens):
        name, text = tokens.take("a field's name"), tokens.take("a type")
        if not _FIELD_NAME.match(name):
            raise tokens.error(f"a field's name must be snake_case, not '{name}'")
        if name in _KEYWORDS:
            raise tokens.error(f"'{name}' is a word of C++ or of the generated code")
        match = re.match(r"(\[\])?([A-Za-z0-9]+)(\?)?$", text)
        if not match or not (match[2] in PRIMITIVES or _TYPE_NAME.match(match[2])):
            raise tokens.error(f"'{text}' is no type")
        self._question = bool(match[3])
        return Field(name, match[2], tokens.line, bool(match[1]))

    def _attributes(self, struct, field, tokens):
        seen = set()
        while tokens.peek():
            word = tokens.peek()
            kind = "versions" if _VERSIONS.match(word) else word
            if kind in seen:
                raise tokens.error(f"{kind} twice")
            seen.add(kind)
            if kind == "versions":
                field.versions = tokens.versions() & struct.versions
                if field.versions.empty:
                    raise tokens.error(f"{word} lies outside the struct's {struct.versions}")
                continue
            tokens.take(word)
            if word == "nullable":
                field.nullable = tokens.versions()
            elif word == "tag":
                field.tag = tokens.number("a tag")
            elif word == "default":
                field.default = tokens.take("a default")
            elif word == "ignorable":
                field.ignorable = True
            else:
                raise tokens.error(f"'{word}' is not expected here")
        field.nullable = field.nullable & field.versions

    def _struct_below(self, message, field, line):
        below = self.peek()
        has_body = below and below.level > line.level
        if has_body and not field.is_struct:
            raise self.error(below.number, f"{field.base} has no fields")
        if not field.is_struct:
            return
        if has_body:
            self._define(message, Struct(field.base, line.number, field.versions), line.level + 1)
        elif not message.struct(field.base):
            raise self.error(line.number, f"'{field.base}' is not defined above, nor below this line")

    def _check_field(self, message, struct, field, tokens):
        if field.domain:
            carrier = self.types.get(field.domain)
            if carrier is None:
                raise tokens.error(f"types.schema has no '{field.domain}'")
            if carrier != field.base:
                raise tokens.error(f"{field.domain} is carried by {carrier}, not by {field.base}")
        if field.tag is not None and message.flexible_from > field.versions.first:
            raise tokens.error("a tagged field in versions that are not flexible")
        if not field.nullable.empty and not _can_be_null(field):
            raise tokens.error(f"{field.base} cannot be null")
        if field.base == "records" and (field.is_array or field.tag is not None):
            raise tokens.error("records stand alone, neither in an array nor in a tag")
        _check_default(field, tokens)


def _can_be_null(field):
    return field.is_array or field.is_struct or field.base in ("string", "bytes", "records")


def _check_default(field, tokens):
    text = field.default
    if text is None:
        return
    if text == "null":
        if field.nullable.empty:
            raise tokens.error("default null, but never nullable")
        return
    if field.is_array or field.is_struct or field.base in ("bytes", "records", "uuid"):
        raise tokens.error(f"a {field.base} takes no default but null")
    if field.base == "bool" and text not in ("true", "false"):
        raise tokens.error(f"a bool is true or false, not '{text}'")
    if field.base == "string" and not text.startswith('"'):
        raise tokens.error("a string's default stands in double quotes")
    if field.base in INTEGER_BITS:
        _check_integer(field, text, tokens)


def _check_integer(field, text, tokens):
    if not re.match(r"-?\d+$", text):
        raise tokens.error(f"'{text}' is not a number")
    bits = INTEGER_BITS[field.base]
    low, high = (0, 2**bits) if field.base.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    if not low <= int(text) < high:
        raise tokens.error(f"{text} does not fit into {field.base}")


def _check_message(path, message):
    for struct in [message.root, *message.structs]:
        tags = [f.tag for f in struct.tagged]
        if tags != list(range(len(tags))):
            raise SchemaError(path, struct.line, f"the tags of {struct.name} are not 0, 1, 2, ...")


def parse(path, text, types):
    return _Parser(path, text, types).parse()


def parse_directory(directory):
    """types.schema and every other .schema file, APIs in the order of their keys, then records by name."""
    directory = pathlib.Path(directory)
    types_path = directory / "types.schema"
    types = parse_types(str(types_path), types_path.read_text())
    schemas = [parse(path, path.read_text(), types) for path in sorted(directory.glob("*.schema")) if path != types_path]
    _check_unique(schemas)
    return types, sorted(schemas, key=lambda s: (s.messages[0].key is None, s.messages[0].key or 0, s.stem))


def _check_unique(schemas):
    seen = {}
    for schema in schemas:
        message = schema.messages[0]
        for mark in [message.name, schema.stem] + ([message.key] if message.key is not None else []):
            if mark in seen:
                raise SchemaError(schema.path, 1, f"'{mark}' is also in {seen[mark]}")
            seen[mark] = schema.path
