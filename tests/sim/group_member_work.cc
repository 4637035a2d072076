// A member between two rebalances.
#include <fmt/core.h>

#include <algorithm>

#include "protocol/messages/heartbeat.h"
#include "protocol/messages/offset_commit.h"
#include "tests/sim/group_calls.h"
#include "tests/sim/group_member.h"

namespace barnabas::simtest {

using env::Task;

namespace {

constexpr int kLongestSleepMs = 9000;  // the session is over, and others own what it owned
constexpr std::uint64_t kMostAtOnce = 40;

}  // namespace

Task<void> GroupMember::work() {
  if (may_sleep_ && client_.random().chance(1)) {
    co_await sleep();
  } else {
    co_await heartbeat();
  }
  if (!stays() || !generation_ || !coordinator_) co_return;
  if (!is_placed_) co_return co_await place();
  read();
  if (client_.random().chance(60)) co_await commit();
}

// As in a long collection of garbage: what it does next, it does with the generation it had.
Task<void> GroupMember::sleep() {
  note("sleeps");
  is_asleep_ = true;
  co_await client_.pause(kLongestSleepMs);
  is_asleep_ = false;
}

// Some commit what they have read before they join again, some do not.
Task<void> GroupMember::heartbeat() {
  protocol::HeartbeatRequest request;
  request.group_id = identity_.group;
  request.generation_id = Generation{generation()};
  request.member_id = member_id_;
  request.group_instance_id = identity_.instance;
  const auto answer = co_await ask(std::move(request), 4, Client::kTimeout);
  if (!answer || answer->error_code == ErrorCode::kNone) co_return;
  const bool rebalances = answer->error_code == ErrorCode::kRebalanceInProgress;
  if (rebalances && is_placed_ && client_.random().chance(50)) co_await commit();
  refused("heartbeat", answer->error_code);
}

// Where to go on.
Task<void> GroupMember::place() {
  const auto question = checker_->asks(claim());
  const auto committed =
      co_await fetch_committed(&client_, *coordinator_, identity_.group, partitions_);
  if (!stays()) co_return;
  if (!committed) {
    coordinator_.reset();
    co_return;
  }
  if (committed->error != ErrorCode::kNone) co_return refused("fetch", committed->error);
  for (const auto& [partition, offset] : committed->offsets) {
    note(fmt::format("goes on from {} in {}", offset, partition));
    checker_->told(question, partition, offset);
    positions_[partition] = std::max<std::int64_t>(offset, 0);
  }
  committed_ = committed->offsets;
  is_placed_ = true;
}

void GroupMember::read() {
  for (auto& [partition, position] : positions_) {
    const auto some = static_cast<std::int64_t>(client_.random().below(kMostAtOnce));
    const std::int64_t to = std::min(stream_->end(), position + some);
    checker_->read(claim(), partition, position, to);
    position = to;
  }
}

Task<void> GroupMember::commit() {
  Offsets offsets;
  protocol::OffsetCommitRequest request;
  request.group_id = identity_.group;
  request.generation_id_or_member_epoch = Generation{generation()};
  request.member_id = member_id_;
  request.group_instance_id = identity_.instance;
  auto& topic = request.topics.emplace_back();
  topic.name = kReadTopic;
  for (const auto& [partition, position] : positions_) {
    if (position <= committed_[partition]) continue;
    offsets[partition] = position;
    auto& one = topic.partitions.emplace_back();
    one.partition_index = PartitionIndex{partition};
    one.committed_offset = Offset{position};
  }
  if (offsets.empty()) co_return;
  const auto attempt = checker_->commits(claim(), offsets);
  const auto answer = co_await ask(std::move(request), 8, Client::kTimeout);
  if (!answer) co_return;
  for (const auto& one : answer->topics.at(0).partitions) {
    const int partition = one.partition_index.value;
    if (one.error_code != ErrorCode::kNone) co_return refused("commit", one.error_code);
    note(fmt::format("commits {} in {}", offsets.at(partition), partition));
    checker_->acknowledged(attempt, partition);
    committed_[partition] = offsets.at(partition);
  }
}

}  // namespace barnabas::simtest
