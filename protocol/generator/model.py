"""What a schema says, once read: messages, structs, fields and ranges of versions."""

import dataclasses
import re
from typing import Optional

PRIMITIVES = {
    "bool": 1, "int8": 1, "int16": 2, "uint16": 2, "int32": 4, "int64": 8, "float64": 8, "uuid": 16,
    "string": None, "bytes": None, "records": None,
}
INTEGER_BITS = {"int8": 8, "int16": 16, "uint16": 16, "int32": 32, "int64": 64}
NEVER = 32767


class SchemaError(Exception):
    """Something a schema file says that cannot be, with the line that says it."""

    def __init__(self, path, line, text):
        super().__init__(f"{path}:{line}: {text}")


@dataclasses.dataclass(frozen=True)
class Versions:
    """A closed range; `last` is NEVER for an open one. Empty when first > last."""

    first: int
    last: int

    def __contains__(self, version):
        return self.first <= version <= self.last

    def __and__(self, other):
        return Versions(max(self.first, other.first), min(self.last, other.last))

    def covers(self, other):
        return other.empty or (self.first <= other.first and self.last >= other.last)

    @property
    def empty(self):
        return self.first > self.last

    def __str__(self):
        if self.empty:
            return "none"
        if self.last == NEVER:
            return f"v{self.first}+"
        return f"v{self.first}" if self.first == self.last else f"v{self.first}-{self.last}"


NO_VERSIONS = Versions(1, 0)


@dataclasses.dataclass
class Field:
    name: str
    base: str  # a primitive or the name of a struct
    line: int
    is_array: bool = False
    domain: Optional[str] = None
    versions: Versions = NO_VERSIONS
    nullable: Versions = NO_VERSIONS
    tag: Optional[int] = None
    ignorable: bool = False
    default: Optional[str] = None  # as written; None where the schema is silent

    @property
    def is_struct(self):
        return self.base not in PRIMITIVES

    @property
    def is_optional(self):
        """Whether the C++ member is a std::optional (Records has a null of its own)."""
        return not self.nullable.empty and (self.is_array or self.base != "records")


@dataclasses.dataclass
class Struct:
    name: str
    line: int
    versions: Versions = NO_VERSIONS
    fields: list = dataclasses.field(default_factory=list)

    @property
    def tagged(self):
        return sorted((f for f in self.fields if f.tag is not None), key=lambda f: f.tag)

    @property
    def plain(self):
        return [f for f in self.fields if f.tag is None]


@dataclasses.dataclass
class Message:
    kind: str  # "request", "response" or "record"
    root: Struct
    versions: Versions
    flexible_from: int
    api: Optional[str] = None
    key: Optional[int] = None
    structs: list = dataclasses.field(default_factory=list)  # inner ones first, without the root

    @property
    def name(self):
        return self.root.name

    def struct(self, name):
        return next((s for s in self.structs if s.name == name), None)

    @property
    def has_records(self):
        return any(f.base == "records" for s in [self.root, *self.structs] for f in s.fields)


@dataclasses.dataclass
class Schema:
    """One file: the request and the response of one API, or one record."""

    path: str
    stem: str
    messages: list


def snake_case(name):
    """ThrottleTimeMs -> throttle_time_ms, isKRaftController -> is_kraft_controller: as Kafka's own generator splits."""
    return re.sub(r"(?<!^)(?<![A-Z])(?=[A-Z])", "_", name).lower()
