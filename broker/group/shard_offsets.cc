// Shard: committed offsets.
#include "broker/group/shard.h"
#include "env/planted.h"
#include "protocol/java_text.h"

namespace barnabas::broker::group {

std::vector<ErrorCode> Shard::check_metadata(const std::vector<Commit>& commits) const {
  std::vector<ErrorCode> errors;
  errors.reserve(commits.size());
  for (const auto& commit : commits) {
    const bool fits = protocol::java_length(commit.value.metadata) <= config_.max_metadata;
    errors.push_back(fits ? ErrorCode::kNone : ErrorCode::kOffsetMetadataTooLarge);
  }
  return errors;
}

Result<Written> Shard::append(const std::string& group, const std::vector<Commit>& commits) {
  std::vector<LogRecord> records;
  records.reserve(commits.size());
  for (const auto& commit : commits) {
    auto record = offset_record(group, commit.tp, commit.value);
    if (!record) return std::unexpected(record.error());
    records.push_back(*std::move(record));
  }
  return log_.append(records);
}

env::Task<std::vector<ErrorCode>> Shard::commit(std::string group, MemberClaim claim,
                                                std::vector<Commit> commits) {
  auto error = availability();
  auto entry = find(group);
  if (error == ErrorCode::kNone && !entry) {
    // Whoever names a generation was a member once.
    if (claim.generation >= Generation{0}) error = ErrorCode::kIllegalGeneration;
    if (error == ErrorCode::kNone) entry = create(group);
  }
  if (error == ErrorCode::kNone) error = entry->machine.check_commit(claim, now());
  if (error != ErrorCode::kNone) co_return std::vector(commits.size(), error);
  reschedule(entry);

  auto errors = check_metadata(commits);
  auto checked = errors.begin();
  std::erase_if(commits, [&](const Commit&) { return *checked++ != ErrorCode::kNone; });
  if (commits.empty()) co_return errors;
  const auto stage = entry->offsets.stage(commits);
  const auto written = append(group, commits);
  auto outcome = written ? log_.state(*written) : written.error();
  if (!outcome && env::is_planted(env::Plant::kEarlyCommit)) outcome = ErrorCode::kNone;
  if (!outcome) outcome = co_await log_.replicated(*written);
  const bool done = *outcome == ErrorCode::kNone;
  entry->offsets.settle(stage, commits, done ? std::optional(written->at) : std::nullopt);
  for (auto& one : errors) {
    if (one == ErrorCode::kNone) one = commit_write_error(*outcome);
  }
  co_return errors;
}

env::Task<Result<std::vector<FetchedTopic>>> Shard::fetch(
    std::string group, std::optional<std::vector<TopicPartitions>> wanted, bool require_stable) {
  if (const auto error = availability(); error != ErrorCode::kNone)
    co_return std::unexpected(error);
  const auto entry = find(group);
  co_return entry ? entry->offsets.fetch(wanted, require_stable)
                  : OffsetStore().fetch(wanted, require_stable);
}

env::Task<Result<std::vector<ErrorCode>>> Shard::delete_offsets(
    std::string group, std::vector<TopicPartition> partitions) {
  if (const auto error = availability(); error != ErrorCode::kNone)
    co_return std::unexpected(error);
  const auto entry = find(group);
  const auto error = entry ? entry->machine.check_delete_offsets() : ErrorCode::kGroupIdNotFound;
  if (error != ErrorCode::kNone) co_return std::unexpected(error);
  const bool has_members = entry->machine.state() != GroupState::kEmpty;
  std::vector<ErrorCode> errors;
  std::vector<TopicPartition> unused;
  for (const auto& tp : partitions) {
    const bool in_use = has_members && entry->machine.is_subscribed_to(tp.topic);
    errors.push_back(in_use ? ErrorCode::kGroupSubscribedToTopic : ErrorCode::kNone);
    if (!in_use) unused.push_back(tp);
  }
  if (!unused.empty()) bury(entry, entry->offsets.remove(unused));
  co_return errors;
}

env::Task<void> Shard::forget(std::vector<TopicPartition> partitions) {
  if (state_ != State::kActive) co_return;
  const auto groups = groups_;
  for (const auto& [name, entry] : groups) bury(entry, entry->offsets.remove(partitions));
}

}  // namespace barnabas::broker::group
