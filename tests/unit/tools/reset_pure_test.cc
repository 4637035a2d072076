#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/groups/reset_file.h"
#include "tools/groups/reset_plan.h"
#include "tools/groups/reset_times.h"

namespace barnabas::tools {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::Pair;

TopicPartition at(const std::string& topic, int index) { return {topic, PartitionIndex(index)}; }

TEST(ResetTimes, ATimeWithoutAZoneIsUtc) {
  EXPECT_EQ(parse_datetime("1970-01-02T01:02:03.004"), milliseconds(90123004));
  EXPECT_EQ(parse_datetime("1970-01-02T01:02:03.004Z"), milliseconds(90123004));
  EXPECT_EQ(parse_datetime("1970-1-2T1:2:3.4"), milliseconds(90123004)) << "4 ms, as in Java";
  EXPECT_EQ(parse_datetime("1970-01-01T00:00:00.000+01:30"), milliseconds(-5'400'000));
  EXPECT_EQ(parse_datetime("1970-01-01T00:00:00.000-0130"), milliseconds(3'600'000))
      << "of an offset without a colon Java reads two digits";
  EXPECT_EQ(parse_datetime("1970-01-01T00:00:00.001Zetc"), milliseconds(1));
}

TEST(ResetTimes, WhatIsNoTimeIsNamed) {
  for (const std::string text : {"now", "T", "2026-01-01T"}) {
    EXPECT_EQ(parse_datetime(text).error(),
              "java.text.ParseException: Error parsing timestamp. It does not contain a 'T' "
              "according to ISO8601 format");
  }
  for (const std::string text : {"2026-01-01T00:00", "2026-13-01T00:00:00.000",
                                 "2026-02-29T00:00:00.000", "2026-01-01T24:00:00.000"}) {
    EXPECT_EQ(parse_datetime(text).error(),
              "java.text.ParseException: Unparseable date: \"" + text + "Z\"");
  }
}

TEST(ResetTimes, ADurationIsTheSumOfItsParts) {
  EXPECT_EQ(parse_duration("PT0S"), milliseconds(0));
  EXPECT_EQ(parse_duration("P1DT2H3M4.5S"), milliseconds(93'784'500));
  EXPECT_EQ(parse_duration("p1dt-1h"), milliseconds(82'800'000));
  EXPECT_EQ(parse_duration("-P1D"), milliseconds(-86'400'000));
  EXPECT_EQ(parse_duration("PT-1.5S"), milliseconds(-1500));
  EXPECT_EQ(parse_duration("PT0.0001S"), milliseconds(1));
}

TEST(ResetTimes, WhatIsNoDurationIsNamed) {
  for (const std::string text : {"", "1H", "P", "PT", "P1DT", "P1H", "PT1.1234567890S"}) {
    EXPECT_EQ(parse_duration(text).error(), "Text cannot be parsed to a Duration") << text;
  }
  EXPECT_EQ(parse_duration("P999999999999999D").error(),
            "Text cannot be parsed to a Duration: days");
  EXPECT_EQ(parse_duration("PT9223372036854775807S").error(),
            "Instant exceeds minimum or maximum instant");
}

TEST(ResetFile, LinesOfOneGroupMayComeWithoutIt) {
  const auto plan = parse_reset_file("t,0,5\r\n\"t\",1, 6\nu,2\n", "g");
  EXPECT_THAT(*plan, ElementsAre(Pair(
                         "g", ElementsAre(Pair(at("t", 0), Offset(5)), Pair(at("t", 1), Offset(6)),
                                          Pair(at("u", 2), Offset(0))))));
}

TEST(ResetFile, TheFirstLineSaysWhetherGroupsAreNamed) {
  using Only = std::optional<std::string>;
  for (const auto& only : {Only("g"), Only()}) {
    EXPECT_THAT(*parse_reset_file("g,t,0,5\nh,t,0,6", only),
                ElementsAre(Pair("g", ElementsAre(Pair(at("t", 0), Offset(5)))),
                            Pair("h", ElementsAre(Pair(at("t", 0), Offset(6))))));
  }
}

TEST(ResetFile, AWrongLineIsNamedWithItsColumn) {
  EXPECT_EQ(parse_reset_file("t,0,x", "g").error(),
            "com.fasterxml.jackson.databind.exc.InvalidFormatException: Cannot deserialize value "
            "of type `int` from String \"x\": not a valid `int` value\n at [Source: "
            "(StringReader); line: 1, column: 5] (through reference chain: "
            "org.apache.kafka.tools.consumer.group.CsvUtils$CsvRecordWithGroup[\"partition\"])");
  EXPECT_THAT(parse_reset_file("g,t,0,1,2", {}).error(),
              ::testing::HasSubstr("Too many entries: expected at most 4 (value #4 (1 chars) "
                                   "\"2\")\n at [Source: (StringReader); line: 1, column: 9]"));
  EXPECT_THAT(parse_reset_file("t,0,1\n\nt,1,1", "g").error(),
              ::testing::HasSubstr("No content to map due to end-of-input"));
  EXPECT_FALSE(parse_reset_file("", "g"));
}

TEST(ResetFile, LongAndSpecialNamesAreQuoted) {
  EXPECT_EQ(reset_file_line(at("t", 1), Offset(2)), "t,1,2\n");
  EXPECT_EQ(reset_file_line("my group", at(std::string(25, 't'), 1), Offset(2)),
            "\"my group\",\"" + std::string(25, 't') + "\",1,2\n");
}

TEST(ResetPlanTest, ATopicMayNameItsPartitions) {
  const auto scope = parse_topic_scope({"t", "u:0,+2", "v:1,"});
  EXPECT_THAT(scope->topics, ElementsAre("t"));
  EXPECT_THAT(scope->partitions, ElementsAre(at("u", 0), at("u", 2), at("v", 1)));
  EXPECT_EQ(parse_topic_scope({"t:"}).error(),
            "Invalid topic arg 't:', expected topic name and partitions");
  EXPECT_EQ(parse_topic_scope({"t:1:2"}).error(),
            "Invalid topic arg 't:1:2', expected topic name and partitions");
  EXPECT_EQ(parse_topic_scope({"t:x"}).error(),
            "Invalid partition 'x' specified in topic arg 't:x''");
  EXPECT_EQ(parse_topic_scope({"t:1,,2"}).error(),
            "Invalid partition '' specified in topic arg 't:1,,2''");
}

TEST(ResetPlanTest, APartitionMayBeNamedOnce) {
  EXPECT_TRUE(check_distinct({at("t", 1), at("t", 2)}));
  EXPECT_EQ(check_distinct({at("t", 1), at("t", 1)}).error(), "Duplicate key t-1");
}

TEST(ResetPlanTest, WhatHasNoOffsetCannotBeShifted) {
  const PartitionOffsets committed{{at("t", 0), Offset(5)}};
  EXPECT_THAT(*shifted({at("t", 0)}, committed, -7), ElementsAre(Pair(at("t", 0), Offset(-2))));
  EXPECT_EQ(shifted({at("t", 0)}, committed, INT64_MAX)->at(at("t", 0)), Offset(INT64_MIN + 4));
  EXPECT_EQ(shifted({at("t", 1)}, committed, 1).error(),
            "Cannot shift offset for partition t-1 since there is no current committed offset");
}

TEST(ResetPlanTest, OffsetsOutsideOfTheLogAreMovedToItsEnds) {
  const PartitionOffsets earliest{{at("t", 0), Offset(3)}, {at("t", 1), Offset(3)}};
  const PartitionOffsets latest{{at("t", 0), Offset(9)}, {at("t", 1), Offset(9)}};
  const auto inside =
      confined({{at("t", 0), Offset(3)}, {at("t", 1), Offset(9)}}, earliest, latest);
  EXPECT_THAT(inside.warnings, ElementsAre());
  const auto moved =
      confined({{at("t", 0), Offset(2)}, {at("t", 1), Offset(10)}}, earliest, latest);
  EXPECT_THAT(moved.offsets, ElementsAre(Pair(at("t", 0), Offset(3)), Pair(at("t", 1), Offset(9))));
  EXPECT_THAT(moved.warnings, ::testing::UnorderedElementsAre(
                                  "New offset (2) is lower than earliest offset for topic "
                                  "partition t-0. Value will be set to 3",
                                  "New offset (10) is higher than latest offset for topic "
                                  "partition t-1. Value will be set to 9"));
}

}  // namespace
}  // namespace barnabas::tools
