#include "broker/follower/log_copy.h"

#include <algorithm>
#include <vector>

#include "broker/follower/fetch_state.h"

namespace barnabas::broker::follower {
namespace {

// How far the copy is the log's equal, as far as the epochs of both tell.
Cut where_they_part(const log::Log& log, const log::Log& copy) {
  const Offset end = copy.log_end_offset();
  const auto copied = copy.latest_epoch();
  if (!copied) return {std::min(end, log.log_end_offset())};
  const auto latest = log.latest_epoch();
  if (!latest) return {std::min(end, log.log_start_offset())};
  if (*copied > *latest) {  // the log was truncated below an epoch that the copy has
    const log::EpochEnd common = copy.end_offset_for_epoch(*latest);
    const Offset start = std::min(end, log.log_start_offset());
    return {common.end_offset == kNoOffset ? start : common.end_offset, false};
  }
  const log::EpochEnd there = log.end_offset_for_epoch(*copied);
  const log::EpochEnd here = copy.end_offset_for_epoch(there.epoch);
  return cut_between(there, here, end, std::min(end, log.log_start_offset()));
}

Result<void> cut_off(const log::Log& log, log::Log& copy) {
  for (;;) {
    const Offset end = copy.log_end_offset();
    const Cut cut = where_they_part(log, copy);
    if (cut.offset < end) {
      if (auto done = copy.truncate_to(cut.offset); !done) return done;
    }
    if (cut.complete || cut.offset >= end) return {};
  }
}

Result<std::vector<std::byte>> read(const env::FileSlice& slice) {
  std::vector<std::byte> bytes(slice.length);
  const auto got = slice.file->read_at(slice.position, bytes);
  if (!got) return std::unexpected(ErrorCode::kKafkaStorageError);
  bytes.resize(*got);  // less if the log was truncated meanwhile
  return bytes;
}

Result<std::uint64_t> append_next(log::Log& log, log::Log& copy, std::uint32_t max_bytes,
                                  Timestamp now) {
  const auto slice = log.read(copy.log_end_offset(), max_bytes, true, log.log_end_offset());
  if (!slice) return std::unexpected(slice.error());
  if (slice->slice.length == 0) return 0;
  const auto bytes = read(slice->slice);
  if (!bytes) return std::unexpected(bytes.error());
  // DeleteRecords may have cut the first batch in two: the copy then begins where that begins.
  const bool empty = copy.log_start_offset() == copy.log_end_offset();
  if (empty && slice->base_offset < copy.log_end_offset()) {
    const auto begun = copy.truncate_fully_and_start_at(slice->base_offset);
    if (!begun) return std::unexpected(begun.error());
  }
  const auto appended = copy.append_as_follower(*bytes, now);
  if (!appended) return std::unexpected(appended.error());
  return bytes->size();
}

}  // namespace

Result<CopyStep> copy_step(log::Log& log, log::Log& copy, std::uint32_t max_bytes, Timestamp now) {
  if (auto done = cut_off(log, copy); !done) return std::unexpected(done.error());
  const Offset start = log.log_start_offset();
  if (copy.log_end_offset() < start) {
    if (auto done = copy.truncate_fully_and_start_at(start); !done)
      return std::unexpected(done.error());
  }
  const auto bytes = append_next(log, copy, max_bytes, now);
  if (!bytes) return std::unexpected(bytes.error());
  const auto advanced = copy.maybe_advance_log_start(std::min(start, copy.log_end_offset()));
  if (!advanced) return std::unexpected(advanced.error());
  return CopyStep{*bytes, copy.log_end_offset() == log.log_end_offset()};
}

Result<bool> complete_copy(log::Log& log, log::Log& copy, std::uint32_t max_bytes, Timestamp now) {
  const auto step = copy_step(log, copy, max_bytes, now);
  if (!step) return std::unexpected(step.error());
  if (!step->complete) return false;
  copy.update_config(log.config());
  const auto latest = log.latest_epoch();
  if (latest && latest != copy.latest_epoch()) {
    const auto assigned = copy.assign_epoch_start(*latest, copy.log_end_offset());
    if (!assigned) return std::unexpected(assigned.error());
  }
  return true;
}

}  // namespace barnabas::broker::follower
