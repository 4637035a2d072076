#include "broker/quota/replication_quota.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/virtual_loop.h"

namespace barnabas::broker::quota {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

constexpr BrokerId kSelf{1};
constexpr PartitionIndex p(int index) { return PartitionIndex{index}; }

TEST(ThrottledPartitions, AStarMeansAllOfThem) {
  EXPECT_EQ(throttled_partitions("*", kSelf), std::nullopt);
  EXPECT_EQ(throttled_partitions(" * ", kSelf), std::nullopt);
}

TEST(ThrottledPartitions, AListIsReadForOneBroker) {
  EXPECT_THAT(throttled_partitions("0:1,1:2, 2:1,12:11", kSelf), Optional(ElementsAre(p(0), p(2))));
  EXPECT_THAT(throttled_partitions("0:2", kSelf), Optional(IsEmpty()));
  EXPECT_THAT(throttled_partitions("", kSelf), Optional(IsEmpty()));
}

class ReplicationQuotaTest : public ::testing::Test {
 protected:
  testing::VirtualLoop loop;
  ReplicationQuota quota{RateWindow{11, 1s}, &loop.clock};
};

TEST_F(ReplicationQuotaTest, OnlyWhatIsNamedIsThrottled) {
  quota.throttle("some", throttled_partitions("0:1", kSelf));
  quota.throttle("all", throttled_partitions("*", kSelf));
  EXPECT_TRUE(quota.is_throttled("some", p(0)));
  EXPECT_FALSE(quota.is_throttled("some", p(1)));
  EXPECT_TRUE(quota.is_throttled("all", p(7)));
  EXPECT_FALSE(quota.is_throttled("other", p(0)));
  quota.release("all");
  EXPECT_FALSE(quota.is_throttled("all", p(7)));
}

TEST_F(ReplicationQuotaTest, IsExceededAboveTheLimitAndNoLongerOnceTimeHasPassed) {
  quota.set_limit(1000);
  quota.record(1000);
  EXPECT_FALSE(quota.is_exceeded());
  quota.record(1000);
  EXPECT_TRUE(quota.is_exceeded());
  loop.pass(2s);
  EXPECT_FALSE(quota.is_exceeded());
}

TEST_F(ReplicationQuotaTest, IsNeverExceededWithoutALimit) {
  quota.record(1'000'000'000);
  EXPECT_FALSE(quota.is_exceeded());
  quota.set_limit(1);
  EXPECT_TRUE(quota.is_exceeded());
  quota.set_limit(ReplicationQuota::kUnlimited);
  EXPECT_FALSE(quota.is_exceeded());
}

// A limit of nothing lets the first bytes through, for only they show that it is exceeded.
TEST_F(ReplicationQuotaTest, ALimitOfNothingHoldsBackAfterTheFirstBytes) {
  quota.set_limit(0);
  EXPECT_FALSE(quota.is_exceeded());
  quota.record(1);
  EXPECT_TRUE(quota.is_exceeded());
}

}  // namespace
}  // namespace barnabas::broker::quota
