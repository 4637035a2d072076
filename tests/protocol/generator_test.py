#!/usr/bin/env python3
"""The schema language: what is understood, and the line that is named when something is not."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "protocol"))
import generate  # noqa: E402
from generator import emit, emit_all, parse  # noqa: E402
from generator.model import NEVER, SchemaError, Versions, snake_case  # noqa: E402

TYPES = {"Offset": "int64", "ErrorCode": "int16", "TopicId": "uuid", "Millis": "int32"}
HEAD = "api 12 Heartbeat  v0-4  flexible v4+\nrequest\n"
TAIL = "\nresponse\n  error_code  int16 : ErrorCode\n"


def read(fields, head=HEAD, tail=TAIL):
    return parse.parse("12_heartbeat.schema", head + fields + tail, TYPES)


def request(fields):
    return read(fields).messages[0]


def only_field(line):
    return request("  " + line).root.fields[0]


class LanguageTest(unittest.TestCase):
    def test_a_schema_is_a_request_and_a_response_with_the_same_versions(self):
        schema = read("  group_id  string")
        self.assertEqual([m.name for m in schema.messages], ["HeartbeatRequest", "HeartbeatResponse"])
        self.assertEqual([m.key for m in schema.messages], [12, 12])
        self.assertEqual({str(m.versions) for m in schema.messages}, {"v0-4"})
        self.assertEqual({m.flexible_from for m in schema.messages}, {4})
        self.assertEqual(schema.stem, "heartbeat")

    def test_a_record_has_one_message_and_may_never_be_flexible(self):
        schema = parse.parse("key.schema", "record Key  v2\n  group  string\n", TYPES)
        self.assertEqual(schema.messages[0].versions, Versions(2, 2))
        self.assertEqual(schema.messages[0].flexible_from, NEVER)

    def test_attributes_come_in_any_order(self):
        field = only_field("instance_id  string?  default null  ignorable  v3+")
        self.assertEqual((field.versions, field.default, field.ignorable), (Versions(3, 4), "null", True))
        self.assertEqual(field.nullable, field.versions)

    def test_nullable_may_start_later_than_the_field(self):
        field = only_field("topics  []string  v1+  nullable v3+")
        self.assertEqual((field.versions, field.nullable), (Versions(1, 4), Versions(3, 4)))

    def test_a_field_without_versions_is_in_all_of_its_struct(self):
        message = request("  topics  []Topic  v2+\n    name  string\n")
        self.assertEqual(message.struct("Topic").fields[0].versions, Versions(2, 4))

    def test_inner_structs_come_before_those_that_use_them(self):
        message = request("  topics  []Topic\n    partitions  []Partition\n      index  int32\n")
        self.assertEqual([s.name for s in message.structs], ["Partition", "Topic"])

    def test_a_struct_may_stand_alone_and_be_used_twice(self):
        message = request("  struct Topic\n    name  string\n  old  []Topic\n  all  []Topic\n")
        self.assertEqual([f.base for f in message.root.fields], ["Topic", "Topic"])

    def test_comments_and_texts_do_not_disturb_each_other(self):
        self.assertEqual(only_field('name  string  default "a # b"  # why').default, '"a # b"')

    def test_names_are_split_as_kafka_splits_them(self):
        names = {"ThrottleTimeMs": "throttle_time_ms", "isKRaftController": "is_kraft_controller", "V0Host": "v0_host"}
        self.assertEqual({n: snake_case(n) for n in names}, names)


class RefusalTest(unittest.TestCase):
    def refused(self, fields, text, line=3, **kwargs):
        with self.assertRaises(SchemaError) as caught:
            read(fields, **kwargs)
        self.assertIn(text, str(caught.exception))
        self.assertIn(f"12_heartbeat.schema:{line}:", str(caught.exception))

    def test_types_and_names(self):
        self.refused("  group_id  strin", "'strin' is no type")
        self.refused("  GroupId  string", "snake_case")
        self.refused("  operator  int8", "word of C++")
        self.refused("  topics  []Topic", "'Topic' is not defined")
        self.refused("  a  int8\n  a  int8", "twice", line=4)
        self.refused("  group_id", "a type expected")

    def test_domain_types(self):
        self.refused("  offset  int64 : Ofset", "no 'Ofset'")
        self.refused("  offset  int32 : Offset", "carried by int64")

    def test_versions(self):
        self.refused("  a  int8  v5+", "outside the struct's v0-4")
        self.refused("  a  int8  v3-2", "empty range")
        self.refused("  a  int8  v1+  v2+", "versions twice")
        self.refused("  a  int8", "no range", head="api 12 Heartbeat  0-4\nrequest\n", line=1)

    def test_null_and_defaults(self):
        self.refused("  a  int8?", "cannot be null")
        self.refused("  a  string  default null", "never nullable")
        self.refused("  a  int8  default 128", "does not fit")
        self.refused("  a  uint16  default -1", "does not fit")
        self.refused("  a  bool  default 1", "true or false")
        self.refused("  a  string  default x", "double quotes")
        self.refused('  a  string  default "x', "does not end")
        self.refused("  a  []int8  default 1", "no default but null")

    def test_tags(self):
        self.refused("  a  int8  tag 0", "not flexible")
        self.refused("  a  int8  v4+  tag 1", "not 0, 1, 2", line=2)

    def test_layout(self):
        self.refused("   a  int8", "two spaces")
        self.refused("\ta  int8", "a tab")
        self.refused("  a  int8\n      b  int8", "no fields", line=4)
        self.refused("  a  int8  sometimes", "'sometimes' is not expected")
        self.refused("  a  int8", "'response' expected", tail="")
        self.refused("  topics  []Topic\n    name  string\n  more  []Topic\n    name  string", "'Topic' is there twice",
                     line=5)


class CodeTest(unittest.TestCase):
    def code(self, fields):
        return emit.source(read(fields), "x"), emit.header(read(fields), "x")

    def test_a_field_is_guarded_by_its_versions_only_where_the_message_has_others(self):
        source, _ = self.code("  a  int8\n  b  int8  v1-3\n  c  int8  v2+\n")
        self.assertIn("\n  a = in.int8();", source)
        self.assertIn("if (version >= 1 && version <= 3) {\n    b = in.int8();", source)
        self.assertIn("if (version >= 2) {\n    c = in.int8();", source)

    def test_what_a_version_cannot_carry_is_refused_unless_ignorable(self):
        source, _ = self.code("  a  int8  v1+\n  b  int8  v1+  ignorable\n")
        self.assertIn('"HeartbeatRequest.a"', source)
        self.assertNotIn('"HeartbeatRequest.b"', source)

    def test_members_have_kafkas_defaults(self):
        _, header = self.code('  a  int64 : Offset  default -1\n  b  string?  default null\n  c  string?\n'
                              "  d  []string?\n  e  int64  default -9223372036854775808\n  f  bool  default true\n")
        for member in ("Offset a{-1};", "std::optional<std::string> b;",
                       "std::optional<std::string> c = std::string{};",
                       "std::optional<std::vector<std::string>> d = std::vector<std::string>{};",
                       "std::int64_t e = INT64_MIN;", "bool f = true;"):
            self.assertIn(member, header)

    def test_an_array_is_held_against_the_smallest_size_of_its_elements(self):
        source, _ = self.code("  topics  []Topic\n    a  int64\n    b  int32  v1+\n    c  string\n")
        self.assertIn("in.array(lengths, 9, topics,", source)  # 8, nothing in v0, 1 for a compact length

    def test_the_table_lists_apis_and_not_records(self):
        schemas = [read("  a  int8"), parse.parse("key.schema", "record Key  v0\n  a  int8\n", TYPES)]
        self.assertIn('ApiInfo{ApiKey::kHeartbeat, "Heartbeat", 0, 4, 4}', emit_all.table(schemas))
        self.assertIn("std::array<ApiInfo, 1>", emit_all.table(schemas))


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.root = pathlib.Path(self.directory.name)
        self.write("types.schema", "type ErrorCode int16\n")
        self.write("12_heartbeat.schema", HEAD + "  a  int8\n" + TAIL)

    def write(self, name, text):
        (self.root / name).write_text(text)

    def run_generator(self):
        return generate.main([str(self.root), "--messages", str(self.root / "out")])

    def test_a_file_that_would_not_change_is_left_alone(self):
        self.assertEqual(self.run_generator(), 0)
        header = self.root / "out" / "heartbeat.h"
        before = header.stat().st_mtime_ns
        self.write("13_leave.schema", "api 13 LeaveGroup  v0\nrequest\n  a  int8\nresponse\n  b  int8\n")
        self.assertEqual(self.run_generator(), 0)
        self.assertEqual(header.stat().st_mtime_ns, before)
        self.assertTrue((self.root / "out" / "leave.h").exists())

    def test_the_same_key_twice_is_refused(self):
        self.write("13_leave.schema", "api 12 LeaveGroup  v0\nrequest\n  a  int8\nresponse\n  b  int8\n")
        self.assertEqual(self.run_generator(), 1)


if __name__ == "__main__":
    unittest.main()
