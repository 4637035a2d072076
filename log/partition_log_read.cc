// PartitionLog: reading as file slices.
//
// The place is planned under the mutex (index lookups, remembered appends) and found outside it, by
// scanning a shared handle; what lies below the planned size no longer changes, short of a
// truncation.
#include <algorithm>

#include "log/partition_log.h"

namespace barnabas::log {
namespace {

// The first batch from `from` on with last offset >= target.
env::IoResult<std::optional<BatchPlace>> scan_to(const std::shared_ptr<env::File>& file,
                                                 std::uint64_t from, std::uint64_t end,
                                                 Offset target) {
  BatchScanner scanner(file, from, end);
  for (;;) {
    auto place = scanner.next();
    if (!place || !*place || (*place)->last >= target) return place;
  }
}

}  // namespace

Result<ReadSlice> PartitionLog::read(Offset from, std::uint32_t max_bytes, bool min_one_batch,
                                     Offset upper_bound) {
  ReadSlice slice;
  SegmentList::Ptr segment;
  for (;;) {
    std::optional<ReadPlan> plan;
    {
      const std::lock_guard lock(mutex_);
      if (auto usable = check_usable(); !usable) return std::unexpected(usable.error());
      slice.log_start = log_start_;
      slice.log_end = log_end_;
      if (from < log_start_ || from > log_end_)
        return std::unexpected(ErrorCode::kOffsetOutOfRange);
      if (from == log_end_ || from >= upper_bound || (max_bytes == 0 && !min_one_batch))
        return slice;
      segment = segment ? segments_.after(*segment) : segments_.floor(from);
      if (!segment || segment->base() >= upper_bound) return slice;
      auto planned = plan_read(segment, from, upper_bound);
      if (!planned) return std::unexpected(planned.error());
      plan = std::move(*planned);
    }
    if (!plan) continue;  // an empty segment
    auto found = carry_out(*plan, from, max_bytes, min_one_batch, upper_bound, slice);
    if (!found || found->base_offset != kNoOffset) return found;
  }
}

Result<std::optional<PartitionLog::ReadPlan>> PartitionLog::plan_read(
    const SegmentList::Ptr& segment, Offset from, Offset upper) {
  if (segment->size() == 0) return std::optional<ReadPlan>();
  ReadPlan plan;
  auto file = segment->log_file();
  if (!file) return fail("opening a segment", file.error());
  plan.file = std::move(*file);
  plan.segment_base = segment->base();
  plan.size = segment->size();
  const auto start = segment->hint(from);
  if (!start) return fail("reading an index", start.error());
  plan.start = *start;
  const SegmentList::Ptr next = segments_.after(*segment);
  if (upper < (next ? next->base() : log_end_)) {
    const auto end = segment->hint(upper);
    if (!end) return fail("reading an index", end.error());
    plan.upper = *end;
  }
  return std::optional(std::move(plan));
}

Result<ReadSlice> PartitionLog::carry_out(const ReadPlan& plan, Offset from,
                                          std::uint32_t max_bytes, bool min_one_batch, Offset upper,
                                          ReadSlice slice) {
  const auto failed = [&](std::error_code why) { return fail("reading a segment", why); };
  std::uint64_t start = plan.start.position;
  std::uint64_t first_end = 0;  // of the first batch, once known
  slice.base_offset = from;
  if (!plan.start.exact) {
    const auto place = scan_to(plan.file, start, plan.size, from);
    if (!place) return failed(place.error());
    slice.base_offset = *place ? (*place)->base : kNoOffset;
    if (!*place) return slice;
    start = (*place)->position;
    first_end = (*place)->end();
  }
  std::uint64_t end = plan.size;
  if (plan.upper && plan.upper->exact) {
    end = plan.upper->position;
  } else if (plan.upper) {
    const auto place = scan_to(plan.file, std::max(start, plan.upper->position), plan.size, upper);
    if (!place) return failed(place.error());
    if (*place) end = (*place)->position;
  }
  if (end <= start) return slice;  // the first batch straddles the upper bound: nothing to see yet
  slice.slice.file = plan.file;
  slice.slice.position = start;
  if (end - start > max_bytes) {
    if (first_end == 0) {
      const auto first = BatchScanner(plan.file, start, end).next();
      if (!first) return failed(first.error());
      first_end = *first ? (*first)->end() : end;
    }
    const std::uint64_t limit = start + max_bytes;
    slice.first_batch_cut = first_end > limit && !min_one_batch;
    end = std::min(end, min_one_batch ? std::max(limit, first_end) : limit);
  }
  slice.slice.length = static_cast<std::uint32_t>(end - start);
  return slice;
}

std::vector<AbortedTransaction> PartitionLog::aborted_transactions(Offset from,
                                                                   Offset upper_bound) {
  std::vector<AbortedTransaction> out;
  const std::lock_guard lock(mutex_);
  for (const SegmentList::Ptr& segment : segments_.from(from)) {
    const auto entries = segment->transactions().all();
    if (!entries) {
      (void)fail("reading a transaction index", entries.error());
      return out;
    }
    const AbortedSearch search = collect_aborted(*entries, from, upper_bound);
    for (const AbortedEntry& e : search.found) out.push_back({e.producer_id, e.first});
    if (search.complete) break;
  }
  return out;
}

}  // namespace barnabas::log
