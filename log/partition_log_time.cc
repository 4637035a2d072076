// PartitionLog: finding offsets by time, exact to the record.
#include "log/partition_log.h"
#include "protocol/records/record_reader.h"

namespace barnabas::log {
namespace {

struct TimeSearch {
  std::shared_ptr<env::File> file;
  std::uint64_t position = 0;
  std::uint64_t size = 0;
};

// The first record at or after `at` of the first batch that has one, from `start` on. An unreadable batch is
// passed over: it cannot be consumed either.
env::IoResult<TimestampAndOffset> first_record_since(const TimeSearch& where, Timestamp at,
                                                     Offset from) {
  BatchReader reader(where.file, where.position, where.size);
  for (;;) {
    const auto batch = reader.next();
    if (!batch) return std::unexpected(batch.error());
    if (!*batch) return TimestampAndOffset{};
    if ((*batch)->max_timestamp() < at || (*batch)->last_offset() < from) continue;
    TimestampAndOffset out;
    (void)records::for_each_record(**batch,
                                   [&](const records::Record& record) {
                                     if (record.timestamp < at || record.offset < from) return true;
                                     out = {record.timestamp, record.offset,
                                            (*batch)->leader_epoch()};
                                     return false;
                                   },
                                   {.skip_bodies = true});
    if (out.offset != kNoOffset) return out;
  }
}

}  // namespace

Result<TimestampAndOffset> PartitionLog::offset_for_timestamp(Timestamp at) {
  return search_time(at, false);
}

Result<TimestampAndOffset> PartitionLog::offset_of_max_timestamp() {
  return search_time(kNoTimestamp, true);
}

// Plans under the mutex which segment to search from where; reads outside.
Result<TimestampAndOffset> PartitionLog::search_time(Timestamp at, bool newest) {
  TimeSearch where;
  Offset from;
  {
    const std::lock_guard lock(mutex_);
    if (auto usable = check_usable(); !usable) return std::unexpected(usable.error());
    SegmentList::Ptr chosen;
    for (const SegmentList::Ptr& segment : segments_.all()) {
      const auto largest = segment->largest_timestamp();
      if (!largest) return fail("reading a time index", largest.error());
      const Timestamp time(largest->timestamp);
      if (newest ? time > at : time >= at && !chosen) {
        chosen = segment;
        if (newest) at = time;
      }
    }
    if (!chosen || chosen->size() == 0) return TimestampAndOffset{};
    const auto time_hint = chosen->time_hint(at);
    if (!time_hint) return fail("reading a time index", time_hint.error());
    const auto hint = chosen->hint(*time_hint);
    if (!hint) return fail("reading an index", hint.error());
    const auto file = chosen->log_file();
    if (!file) return fail("opening a segment", file.error());
    where = {*file, hint->position, chosen->size()};
    from = log_start_;
  }
  auto found = first_record_since(where, at, from);
  if (!found) return fail("reading a segment", found.error());
  if (found->offset != kNoOffset && found->epoch == kNoLeaderEpoch) {
    found->epoch = epoch_of_offset(found->offset).value_or(kNoLeaderEpoch);
  }
  return *found;
}

}  // namespace barnabas::log
