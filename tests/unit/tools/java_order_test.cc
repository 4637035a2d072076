#include "tools/java_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/java_errors.h"

namespace barnabas::tools {
namespace {

using ::testing::ElementsAre;

std::vector<TopicPartition> partitions(const std::string& topic, std::vector<int> indexes) {
  std::vector<TopicPartition> all;
  for (const int index : indexes) all.push_back({topic, PartitionIndex(index)});
  return all;
}

// As the real kafka-delete-records and kafka-leader-election printed them.
TEST(JavaOrderTest, PartitionsComeAsKafkasToolsPrintThem) {
  EXPECT_THAT(in_java_order(partitions("re", {0, 1})),
              ElementsAre(TopicPartition{"re", PartitionIndex(1)},
                          TopicPartition{"re", PartitionIndex(0)}));
  EXPECT_THAT(in_java_order(partitions("off", {0, 1, 2})).front(),
              (TopicPartition{"off", PartitionIndex(0)}));
}

TEST(JavaOrderTest, SmallNumbersComeAscendingUntilTheTableIsFull) {
  std::vector<BrokerId> brokers;
  for (const int id : {1, 2, 3, 16, 17, 22}) brokers.push_back(BrokerId(id));
  EXPECT_THAT(in_java_order(brokers), ElementsAre(BrokerId(16), BrokerId(1), BrokerId(17),
                                                  BrokerId(2), BrokerId(3), BrokerId(22)));
  for (int id = 40; id < 50; ++id) brokers.push_back(BrokerId(id));
  EXPECT_EQ(in_java_order(brokers).front(), BrokerId(1)) << "32 buckets, and 32 is not there";
}

TEST(JavaOrderTest, ATableMadeToMeasureHasFewerBuckets) {
  EXPECT_EQ(java_bucket(5, 2, kBucketsToMeasure), 1u);
  EXPECT_EQ(java_bucket(5, 2, kJavaBuckets), 5u);
}

TEST(JavaErrorsTest, AnErrorIsNamedAsItsException) {
  EXPECT_EQ(exception_name(ErrorCode::kUnknownTopicOrPartition),
            "org.apache.kafka.common.errors.UnknownTopicOrPartitionException");
  EXPECT_EQ(exception_name(ErrorCode::kRequestTimedOut),
            "org.apache.kafka.common.errors.TimeoutException");
  EXPECT_EQ(exception_name(ErrorCode::kInvalidTopicException),
            "org.apache.kafka.common.errors.InvalidTopicException");
  EXPECT_EQ(exception_text(ErrorCode::kKafkaStorageError, "gone"),
            "org.apache.kafka.common.errors.KafkaStorageException: gone");
  EXPECT_EQ(exception_text(ErrorCode::kOffsetOutOfRange),
            "org.apache.kafka.common.errors.OffsetOutOfRangeException: The requested offset is "
            "not within the range of offsets maintained by the server.");
}

}  // namespace
}  // namespace barnabas::tools
