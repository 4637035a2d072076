#include "broker/replica/fetch_session.h"

#include <gmock/gmock.h>

#include <limits>

namespace barnabas::broker::replica {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CountingRandom final : public env::Random {
 public:
  std::uint64_t next() override { return n_++; }

 private:
  std::uint64_t n_ = 100;
};

// Partitions are numbers of topic "t". A request is sent and answered in one go unless a test needs
// both halves.
class FetchSessionTest : public ::testing::Test {
 protected:
  static FetchWish wish(int partition) {
    return {
        .key = {"t", {}, PartitionIndex{partition}}, .max_bytes = 1000, .fetch_offset = Offset{0}};
  }
  static std::vector<int> numbers(const FetchContext& context) {
    std::vector<int> out;
    for (const auto& wish : context.partitions()) out.push_back(wish.key.partition.value);
    return out;
  }
  FetchSessionRequest request(int id, int epoch, std::vector<int> partitions,
                              std::vector<int> forgotten = {}) {
    FetchSessionRequest out;
    out.session_id = id;
    out.session_epoch = epoch;
    out.version = 12;
    out.from_follower = follower;
    for (const int n : partitions) out.partitions.push_back(wish(n));
    for (const int n : forgotten) out.forgotten.push_back({"t", {}, PartitionIndex{n}});
    return out;
  }
  struct Said {
    ErrorCode error;
    int session;
    std::vector<int> partitions;
  };
  Said answer(FetchContext context) {
    std::vector<FetchAnswer> answers;
    for (const int n : numbers(context)) answers.push_back(log[n]);
    const auto names = numbers(context);
    const FetchSessionAnswer out = cache.complete(context, answers, now);
    Said said{out.error, out.session_id, {}};
    for (const std::size_t at : out.included) said.partitions.push_back(names[at]);
    return said;
  }
  Said fetch(int id, int epoch, std::vector<int> partitions, std::vector<int> forgotten = {}) {
    return answer(cache.open(request(id, epoch, partitions, forgotten), now));
  }
  void pass(int seconds) { now += std::chrono::seconds(seconds); }

  CountingRandom random;
  FetchSessionCache cache{2, &random};
  env::Instant now{};
  bool follower = false;
  static constexpr FetchAnswer kQuiet{.high_watermark = Offset{3}, .log_start_offset = Offset{0}};
  std::map<int, FetchAnswer> log{{0, kQuiet}, {1, kQuiet}, {2, kQuiet}};
};

// ---- the session rows of the captured Fetch behaviour

TEST_F(FetchSessionTest, EpochZeroMakesASessionAndTheNextFetchTellsOnlyNews) {
  log[0].records_size = 85;
  const Said first = fetch(0, 0, {0});
  EXPECT_EQ(first.error, ErrorCode::kNone);
  EXPECT_NE(first.session, 0);
  EXPECT_THAT(first.partitions, ElementsAre(0));
  log[0].records_size = 0;
  const Said second = fetch(first.session, 1, {});
  EXPECT_EQ(second.error, ErrorCode::kNone);
  EXPECT_EQ(second.session, first.session);
  EXPECT_THAT(second.partitions, IsEmpty());
}

TEST_F(FetchSessionTest, AWrongEpochIsRefusedAndDoesNotEndTheSession) {
  const int id = fetch(0, 0, {0}).session;
  const Said wrong = fetch(id, 2, {});
  EXPECT_EQ(wrong.error, ErrorCode::kInvalidFetchSessionEpoch);
  EXPECT_EQ(wrong.session, 0);
  EXPECT_THAT(wrong.partitions, IsEmpty());
  EXPECT_EQ(fetch(id, 1, {}).error, ErrorCode::kNone);
  EXPECT_EQ(fetch(id, 1, {}).error, ErrorCode::kInvalidFetchSessionEpoch);
}

TEST_F(FetchSessionTest, AnUnknownSessionIsNotFoundUnlessTheRequestIsFull) {
  EXPECT_EQ(fetch(12345, 1, {0}).error, ErrorCode::kFetchSessionIdNotFound);
  EXPECT_EQ(fetch(0, 5, {0}).error, ErrorCode::kFetchSessionIdNotFound);
  EXPECT_NE(fetch(12345, 0, {0}).session, 0);
  const Said closing = fetch(12345, -1, {0});
  EXPECT_EQ(closing.error, ErrorCode::kNone);
  EXPECT_EQ(closing.session, 0);
  EXPECT_THAT(closing.partitions, ElementsAre(0));
}

TEST_F(FetchSessionTest, EpochMinusOneEndsTheSession) {
  const int id = fetch(0, 0, {0}).session;
  EXPECT_EQ(fetch(id, -1, {}).session, 0);
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(fetch(id, 1, {}).error, ErrorCode::kFetchSessionIdNotFound);
}

TEST_F(FetchSessionTest, ForgettingTheLastPartitionEndsTheSession) {
  const int id = fetch(0, 0, {0}).session;
  const Said said = fetch(id, 1, {}, {0});
  EXPECT_EQ(said.error, ErrorCode::kNone);
  EXPECT_EQ(said.session, 0);
  EXPECT_THAT(said.partitions, IsEmpty());
  EXPECT_EQ(fetch(id, 2, {}).error, ErrorCode::kFetchSessionIdNotFound);
}

TEST_F(FetchSessionTest, AnErrorIsRepeatedUntilItIsOverAndThenThePartitionIsTold) {
  log[7] = {.error = ErrorCode::kUnknownTopicOrPartition};
  const int id = fetch(0, 0, {0, 7}).session;
  EXPECT_THAT(fetch(id, 1, {}).partitions, ElementsAre(7));
  EXPECT_THAT(fetch(id, 2, {}).partitions, ElementsAre(7));
  log[7] = kQuiet;
  EXPECT_THAT(fetch(id, 3, {}).partitions, ElementsAre(7));
  EXPECT_THAT(fetch(id, 4, {}).partitions, IsEmpty());
}

TEST_F(FetchSessionTest, AFullFetchOfNothingMakesASessionToo) {
  const Said said = fetch(0, 0, {});
  EXPECT_NE(said.session, 0);
  EXPECT_THAT(said.partitions, IsEmpty());
}

// ---- what an incremental answer holds

TEST_F(FetchSessionTest, WhateverMovedIsTold) {
  const int id = fetch(0, 0, {0, 1, 2}).session;
  log[0].high_watermark = Offset{4};
  EXPECT_THAT(fetch(id, 1, {}).partitions, ElementsAre(0));
  log[1].log_start_offset = Offset{1};
  EXPECT_THAT(fetch(id, 2, {}).partitions, ElementsAre(1));
  log[2].diverging = true;
  EXPECT_THAT(fetch(id, 3, {}).partitions, ElementsAre(2));
  log[2].diverging = false;
  log[1].preferred_replica = true;
  EXPECT_THAT(fetch(id, 4, {}).partitions, ElementsAre(1));
  log[1].preferred_replica = false;
  EXPECT_THAT(fetch(id, 5, {}).partitions, IsEmpty());
}

// Else a busy partition in front would take the byte limit of every answer.
TEST_F(FetchSessionTest, APartitionThatHadDataIsReadLastNextTime) {
  const int id = fetch(0, 0, {0, 1, 2}).session;
  log[0].records_size = 10;
  EXPECT_THAT(fetch(id, 1, {}).partitions, ElementsAre(0));
  const FetchContext next = cache.open(request(id, 2, {}), now);
  EXPECT_THAT(numbers(next), ElementsAre(1, 2, 0));
}

TEST_F(FetchSessionTest, PartitionsAreAddedChangedAndForgotten) {
  const int id = fetch(0, 0, {0, 1}).session;
  EXPECT_THAT(fetch(id, 1, {2}, {0}).partitions, ElementsAre(2));
  FetchSessionRequest moved = request(id, 2, {1});
  moved.partitions[0].fetch_offset = Offset{42};
  const FetchContext context = cache.open(moved, now);
  EXPECT_THAT(numbers(context), ElementsAre(1, 2));
  EXPECT_EQ(context.partitions()[0].fetch_offset, Offset{42});
  EXPECT_EQ(cache.partition_count(), 2u);
}

TEST_F(FetchSessionTest, APartitionNamedTwiceCountsOnceWithItsLastWords) {
  FetchSessionRequest twice = request(0, 0, {0, 1, 0});
  twice.partitions[2].fetch_offset = Offset{9};
  const FetchContext context = cache.open(twice, now);
  EXPECT_THAT(numbers(context), ElementsAre(0, 1));
  EXPECT_EQ(context.partitions()[0].fetch_offset, Offset{9});
  EXPECT_THAT(answer(context).partitions, ElementsAre(0, 1));
}

TEST_F(FetchSessionTest, AnAnswerThatWasOvertakenIsNotGiven) {
  const int id = fetch(0, 0, {0}).session;
  const FetchContext slow = cache.open(request(id, 1, {}), now);
  EXPECT_EQ(fetch(id, 2, {1}).error, ErrorCode::kNone);
  const Said late = answer(slow);
  EXPECT_EQ(late.error, ErrorCode::kInvalidFetchSessionEpoch);
  EXPECT_EQ(late.session, id);
}

TEST_F(FetchSessionTest, IdsAndNamesDoNotMixInASession) {
  const int id = fetch(0, 0, {0}).session;
  FetchSessionRequest by_id = request(id, 1, {});
  by_id.version = 13;
  EXPECT_EQ(cache.open(by_id, now).error(), ErrorCode::kFetchSessionTopicIdError);
}

TEST_F(FetchSessionTest, AnIdFindsItsPartitionWhateverTheName) {
  TopicId topic;
  topic.bytes[0] = 1;
  FetchSessionRequest full;
  full.version = 13;
  full.session_epoch = 0;
  full.partitions = {wish(0)};
  full.partitions[0].key = {"t", topic, PartitionIndex{0}};
  const int id = answer(cache.open(full, now)).session;
  FetchSessionRequest next = full;
  next.session_id = id;
  next.session_epoch = 1;
  next.partitions[0].key.topic.clear();  // unknown just now
  const FetchContext context = cache.open(next, now);
  ASSERT_EQ(context.partitions().size(), 1u);
  EXPECT_EQ(context.partitions()[0].key.topic, "t");
}

TEST(FetchSessionEpochTest, EpochsWrapToOne) {
  constexpr std::int32_t kLast = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(next_session_epoch(0), 1);
  EXPECT_EQ(next_session_epoch(kLast - 1), kLast);
  EXPECT_EQ(next_session_epoch(kLast), 1);
}

// ---- slots

TEST_F(FetchSessionTest, ASmallNewcomerGetsNoSessionWhileTheCacheIsFull) {
  fetch(0, 0, {0});
  fetch(0, 0, {0});
  const Said third = fetch(0, 0, {0});
  EXPECT_EQ(third.error, ErrorCode::kNone);
  EXPECT_EQ(third.session, 0);
  EXPECT_THAT(third.partitions, ElementsAre(0));
  EXPECT_EQ(cache.size(), 2u);
}

TEST_F(FetchSessionTest, AStaleSessionMakesRoom) {
  const int old = fetch(0, 0, {0}).session;
  pass(100);
  const int used = fetch(0, 0, {0}).session;
  pass(21);
  EXPECT_NE(fetch(0, 0, {0}).session, 0);
  EXPECT_EQ(fetch(old, 1, {}).error, ErrorCode::kFetchSessionIdNotFound);
  EXPECT_EQ(fetch(used, 1, {}).error, ErrorCode::kNone);
  EXPECT_EQ(cache.evictions(), 1u);
}

TEST_F(FetchSessionTest, ALargerOnePushesOutASmallerThatHasHadItsTime) {
  const int small = fetch(0, 0, {0}).session;
  const int large = fetch(0, 0, {0, 1}).session;
  EXPECT_EQ(fetch(0, 0, {0, 1}).session, 0);
  pass(119);
  fetch(small, 1, {});
  fetch(large, 1, {});
  pass(2);
  fetch(small, 2, {});
  fetch(large, 2, {});
  EXPECT_NE(fetch(0, 0, {0, 1}).session, 0);
  EXPECT_EQ(fetch(small, 3, {}).error, ErrorCode::kFetchSessionIdNotFound);
  EXPECT_EQ(fetch(large, 3, {}).error, ErrorCode::kNone);
}

TEST_F(FetchSessionTest, AFollowerPushesOutConsumersButNotFollowers) {
  const int consumer = fetch(0, 0, {0, 1, 2}).session;
  follower = true;
  const int first = fetch(0, 0, {0}).session;
  EXPECT_NE(fetch(0, 0, {0}).session, 0);
  EXPECT_EQ(fetch(consumer, 1, {}).error, ErrorCode::kFetchSessionIdNotFound);
  EXPECT_EQ(fetch(0, 0, {0, 1, 2}).session, 0);
  EXPECT_EQ(fetch(first, 1, {}).error, ErrorCode::kNone);
}

TEST_F(FetchSessionTest, WithoutSlotsThereAreNoSessions) {
  FetchSessionCache none(0, &random);
  FetchContext context = none.open(request(0, 0, {0}), now);
  const std::vector<FetchAnswer> answers{kQuiet};
  EXPECT_EQ(none.complete(context, answers, now).session_id, 0);
}

TEST_F(FetchSessionTest, AThrottledAnswerKeepsTheSessionOnlyIfItHadOne) {
  const FetchContext full = cache.open(request(0, 0, {0}), now);
  EXPECT_EQ(cache.throttled(full).session_id, 0);
  const int id = fetch(0, 0, {0}).session;
  const FetchContext incremental = cache.open(request(id, 1, {}), now);
  EXPECT_EQ(cache.throttled(incremental).session_id, id);
  EXPECT_EQ(fetch(id, 2, {}).error, ErrorCode::kNone);
}

}  // namespace
}  // namespace barnabas::broker::replica
