#include "tools/groups/group_tables.h"

#include <gtest/gtest.h>

namespace barnabas::tools {
namespace {

TopicPartition at(const std::string& topic, int index) { return {topic, PartitionIndex(index)}; }

TEST(GroupTables, AListIsAsWideAsItsLongestGroupAndTenMore) {
  const std::string long_name(20, 'g');
  EXPECT_EQ(show_listings({{"a", "Classic", "Empty"}}, false, true),
            "GROUP                     STATE               \n"
            "a                         Empty               \n");
  EXPECT_EQ(show_listings({{long_name, "Classic", "Stable"}}, true, true),
            "GROUP                          TYPE                 STATE               \n" +
                long_name + "           Classic              Stable              \n");
}

// Each row begins with a line break, as in Kafka's tool: the last one has none behind it.
TEST(GroupTables, LagIsShownWhereBothOffsetsAreKnown) {
  const std::vector<OffsetRow> rows{
      {at("t", 0), Offset(3), Offset(10), "c1-id", "/127.0.0.1", "c1"},
      {at("t", 1), {}, Offset(4)}};
  EXPECT_EQ(
      show_offsets("g", rows),
      "\nGROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG       "
      "      CONSUMER-ID     HOST            CLIENT-ID"
      "\ng               t               0          3               10              7         "
      "      c1-id           /127.0.0.1      c1"
      "\ng               t               1          -               4               -         "
      "      -               -               -");
}

TEST(GroupTables, InstancesOfStaticMembersHaveAColumnIfThereAreAny) {
  EXPECT_EQ(show_members("g", {{"id", "", "c", "/h", {at("t", 0)}}}, false),
            "\nGROUP           CONSUMER-ID     HOST            CLIENT-ID       #PARTITIONS     \n"
            "g               id              /h              c               1               \n");
  EXPECT_EQ(show_members("g", {{"id", "i", "c", "/h", {}}}, false),
            "\nGROUP           CONSUMER-ID     GROUP-INSTANCE-ID HOST            CLIENT-ID       "
            "#PARTITIONS     \n"
            "g               id              i                 /h              c               "
            "0               \n");
}

TEST(GroupTables, AnAssignmentIsShownByTopicWithoutItsName) {
  const std::vector<TopicPartition> some{at("t", 2), at("t", 10), at("a", 7)};
  EXPECT_EQ(
      show_members("g", {{"id", "", "c", "/h", some}, {"none", "", "c", "/h", {}}}, true),
      "\nGROUP           CONSUMER-ID     HOST            CLIENT-ID       #PARTITIONS     "
      "ASSIGNMENT\n"
      "g               id              /h              c               3               (10,2), "
      "(7)\n"
      "g               none            /h              c               0               -\n");
}

TEST(GroupTables, AStateComesWithItsCoordinator) {
  EXPECT_EQ(
      show_state({"g", "Stable", "range", "h:9092  (1)", {{}, {}}}),
      "\nGROUP                     COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE       "
      "    #MEMBERS"
      "\ng                         h:9092  (1)               range                Stable      "
      "    2\n");
}

// Kafka's tool prints these rows without line breaks.
TEST(GroupTables, AResetIsOneLine) {
  EXPECT_EQ(show_reset({}), "");
  EXPECT_EQ(show_reset({{"g", {}}}),
            "\nGROUP                          TOPIC                          PARTITION  "
            "NEW-OFFSET     ");
  EXPECT_EQ(show_reset({{"g", {{at("t", 1), Offset(5)}}}}),
            "\nGROUP                          TOPIC                          PARTITION  "
            "NEW-OFFSET     "
            "g                              t                              1          "
            "5              ");
}

TEST(GroupTables, AnExportNamesGroupsIfThereMayBeSeveral) {
  const ResetOffsets offsets{{"g", {{at("t", 1), Offset(5)}}}};
  EXPECT_EQ(show_reset_lines(offsets, false), "t,1,5\n\n");
  EXPECT_EQ(show_reset_lines(offsets, true), "g,t,1,5\n\n");
}

TEST(GroupTables, DeletedOffsetsAreSortedAsTexts) {
  EXPECT_EQ(show_deleted({{at("t", 2), "E: no"}, {at("t", 10), ""}, {at("n", -1), "E: none"}}),
            "\nTOPIC                          PARTITION       STATUS         "
            "n                              Not Provided    Error: :E: none"
            "t                              10              Successful     "
            "t                              2               Error: :E: no  ");
}

}  // namespace
}  // namespace barnabas::tools
