// PartitionLog: finding offsets by time, exact to the record.
#include <algorithm>

#include "log/partition_log.h"
#include "protocol/records/record_reader.h"

namespace barnabas::log {
namespace {

struct TimeSearch {
  std::shared_ptr<env::File> file;
  std::uint64_t position = 0;
  std::uint64_t size = 0;
};

// The first record at or after `at` of the first batch that has one, from `start` on. An unreadable
// batch is passed over: it cannot be consumed either.
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

Result<std::vector<SegmentStart>> PartitionLog::segment_starts(Timestamp now) const {
  const std::lock_guard lock(mutex_);
  if (auto usable = check_usable(); !usable) return std::unexpected(usable.error());
  std::vector<SegmentStart> starts;
  for (const SegmentList::Ptr& segment : segments_.all()) {
    starts.push_back({std::max(segment->base(), log_start_), Timestamp(segment->modified_ms())});
  }
  if (segments_.active()->size() > 0) starts.push_back({log_end_, now});
  return starts;
}

// Plans under the mutex which segment to search from where; reads outside. A segment may hold such
// a time only below the log start: then the next one is tried.
Result<TimestampAndOffset> PartitionLog::search_time(Timestamp at, bool newest) {
  Offset beyond = kNoOffset;
  for (;;) {
    std::optional<TimePlan> plan;
    {
      const std::lock_guard lock(mutex_);
      if (auto usable = check_usable(); !usable) return std::unexpected(usable.error());
      auto planned = plan_time_search(at, newest, beyond);
      if (!planned) return std::unexpected(planned.error());
      plan = std::move(*planned);
    }
    if (!plan) return TimestampAndOffset{};
    const TimeSearch where{plan->file, plan->position, plan->size};
    auto found = first_record_since(where, plan->at, plan->log_start);
    if (!found) return fail("reading a segment", found.error());
    beyond = plan->segment_base;
    if (found->offset == kNoOffset && !newest) continue;
    if (found->offset != kNoOffset && found->epoch == kNoLeaderEpoch) {
      found->epoch = epoch_of_offset(found->offset).value_or(kNoLeaderEpoch);
    }
    return *found;
  }
}

Result<std::optional<PartitionLog::TimePlan>> PartitionLog::plan_time_search(Timestamp at,
                                                                             bool newest,
                                                                             Offset beyond) {
  SegmentList::Ptr chosen;
  for (const SegmentList::Ptr& segment : segments_.all()) {
    const SegmentList::Ptr next = segments_.after(*segment);
    if (segment->base() <= beyond || (next && next->base() <= log_start_)) continue;
    const auto largest = segment->largest_timestamp();
    if (!largest) return fail("reading a time index", largest.error());
    const Timestamp time(largest->timestamp);
    if (newest ? time > at : time >= at && !chosen) {
      chosen = segment;
      if (newest) at = time;
    }
  }
  if (!chosen || chosen->size() == 0) return std::optional<TimePlan>();
  const auto first = chosen->time_hint(at);
  if (!first) return fail("reading a time index", first.error());
  const auto hint = chosen->hint(*first);
  if (!hint) return fail("reading an index", hint.error());
  const auto file = chosen->log_file();
  if (!file) return fail("opening a segment", file.error());
  return TimePlan{*file, hint->position, chosen->size(), chosen->base(), log_start_, at};
}

}  // namespace barnabas::log
