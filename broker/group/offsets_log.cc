#include "broker/group/offsets_log.h"

#include "env/log.h"
#include "protocol/records/builder.h"

namespace barnabas::broker::group {
namespace {

// Far from the largest batch that a log takes as it comes, whatever the records' overhead.
constexpr std::size_t kTombstoneKeyBytes = 256 << 10;

// How many of `records`, which are tombstones, go into one batch.
std::size_t fitting(std::span<const LogRecord> records) {
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < records.size(); ++count) {
    bytes += records[count].key.size();
    if (count > 0 && bytes > kTombstoneKeyBytes) break;
  }
  return count;
}

}  // namespace

Result<Written> OffsetsLog::append(std::span<const LogRecord> records) {
  return append_with(records, config_.acks);
}

void OffsetsLog::append_tombstones(std::span<const LogRecord> records) {
  while (!records.empty()) {
    const auto piece = records.first(fitting(records));
    records = records.subspan(piece.size());
    if (const auto written = append_with(piece, 0); written || closed_) continue;
    env::log_error("kafka.coordinator.group.GroupMetadataManager",
                   "{} tombstones could not be appended to {}; what they are for is back when the "
                   "partition is loaded again",
                   piece.size(), to_string(partition_->topic_partition()));
  }
}

Result<Written> OffsetsLog::append_with(std::span<const LogRecord> records, std::int16_t acks) {
  if (closed_) return std::unexpected(ErrorCode::kNotLeaderOrFollower);
  records::RecordBatchBuilder builder({.compression = {config_.codec, std::nullopt}});
  const Timestamp now{clock_->wall().count()};
  for (const auto& record : records) {
    const auto value = record.value ? std::optional<env::Bytes>(*record.value) : std::nullopt;
    builder.append(now, env::Bytes(record.key), value);
  }
  auto batch = builder.build();
  const auto& tp = partition_->topic_partition();
  replica::PartitionAppend item;
  item.topic = tp.topic;
  item.partition = tp.partition;
  item.set.records = batch;
  item.set.origin = log::Origin::kCoordinator;
  item.acks = acks;
  item.internal_allowed = true;
  const auto results = replicas_->append(std::span(&item, 1));
  const auto& result = results.front();
  if (result.appended.error != ErrorCode::kNone) return std::unexpected(result.appended.error);
  return Written{result.appended.first_offset, result.required};
}

std::optional<ErrorCode> OffsetsLog::state(Written written) const {
  if (written.required == kNoOffset) return ErrorCode::kNone;
  const auto state = partition_->replicated_up_to(written.required);
  if (state.done) return state.error;
  if (closed_) return ErrorCode::kNotLeaderOrFollower;
  return std::nullopt;
}

env::Task<ErrorCode> OffsetsLog::replicated(Written written) {
  const auto deadline = clock_->now() + config_.timeout;
  for (bool in_time = true;;) {
    env::Signal signal;
    const auto watch = partition_->watch(signal, replica::kHighWatermarkMoved);
    if (const auto known = state(written)) co_return *known;
    if (!in_time) co_return ErrorCode::kRequestTimedOut;
    in_time = co_await signal.wait_until(*clock_, deadline);
  }
}

void OffsetsLog::close() {
  closed_ = true;
  partition_->wake_all();
}

ErrorCode commit_write_error(ErrorCode error) {
  switch (error) {
    case ErrorCode::kUnknownTopicOrPartition:
    case ErrorCode::kNotEnoughReplicas:
    case ErrorCode::kNotEnoughReplicasAfterAppend: return ErrorCode::kCoordinatorNotAvailable;
    case ErrorCode::kNotLeaderOrFollower:
    case ErrorCode::kKafkaStorageError: return ErrorCode::kNotCoordinator;
    case ErrorCode::kMessageTooLarge:
    case ErrorCode::kRecordListTooLarge:
    case ErrorCode::kInvalidFetchSize: return ErrorCode::kInvalidCommitOffsetSize;
    default: return error;
  }
}

}  // namespace barnabas::broker::group
