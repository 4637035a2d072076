#include "log/replay.h"

#include <algorithm>
#include <set>

#include "log/batch_scan.h"
#include "protocol/records/control.h"
#include "protocol/records/record_reader.h"

namespace barnabas::log {
namespace {

std::optional<EndMarker> marker_of(const records::BatchView& batch) {
  std::optional<EndMarker> out;
  (void)records::for_each_record(batch, [&](const records::Record& record) {
    if (const auto marker = records::parse_end_txn_marker(record)) {
      out = EndMarker{marker->type == records::ControlType::kCommit, marker->coordinator_epoch};
    }
    return false;  // a control batch holds one record
  });
  return out;
}

env::IoResult<void> replay_segment(ProducerState& state, Segment& segment, Offset from,
                                   Offset end) {
  const auto start = segment.find(from);
  if (!start) return std::unexpected(start.error());
  if (!*start) return {};
  const auto file = segment.log_file();
  if (!file) return std::unexpected(file.error());
  BatchReader reader(*file, (*start)->position, segment.size());
  for (;;) {
    const auto batch = reader.next();
    if (!batch) return std::unexpected(batch.error());
    if (!*batch || (*batch)->base_offset() >= end) return {};
    if (!(*batch)->has_producer_id()) continue;
    if (const auto done = state.apply(describe_producer_batch(**batch))) state.complete(*done);
  }
}

std::set<Offset> last_two_bases(const SegmentList& segments) {
  const std::vector<SegmentList::Ptr> all = segments.all();
  std::set<Offset> bases;
  for (std::size_t i = all.size() < 2 ? 0 : all.size() - 2; i < all.size(); ++i)
    bases.insert(all[i]->base());
  return bases;
}

}  // namespace

ProducerBatch describe_producer_batch(const records::BatchView& batch) {
  ProducerBatch out;
  out.id = batch.producer_id();
  out.epoch = batch.producer_epoch();
  out.first_sequence = batch.base_sequence();
  out.last_sequence = batch.last_sequence();
  out.first_offset = batch.base_offset();
  out.last_offset = batch.last_offset();
  out.timestamp = batch.max_timestamp();
  out.transactional = batch.is_transactional();
  out.control = batch.is_control();
  if (out.control) out.marker = marker_of(batch);
  return out;
}

env::IoResult<void> rebuild_producers(ProducerStore& producers, const SegmentList& segments,
                                      Offset log_start, Offset end, Timestamp now, bool clean) {
  const std::set<Offset> wanted = last_two_bases(segments);
  if (clean && producers.snapshots().empty()) {
    for (const Offset at : wanted) {
      producers.advance_map_end(std::min(at, end));
      if (auto done = producers.take_snapshot(); !done) return done;
    }
    producers.advance_map_end(end);
    return producers.take_snapshot();
  }
  const bool never_had_any =
      producers.state().size() == 0 && producers.map_end() >= end && end > Offset(0);
  if (auto done = producers.reload(log_start, end, now); !done) return done;
  if (producers.map_end() < end && !never_had_any) {
    for (const SegmentList::Ptr& segment : segments.from(producers.map_end())) {
      if (segment->base() >= end) break;
      const Offset first = std::max({producers.map_end(), segment->base(), log_start});
      producers.advance_map_end(first);
      if (wanted.contains(segment->base())) {
        if (auto done = producers.take_snapshot(); !done) return done;
      }
      if (auto done = replay_segment(producers.state(), *segment, first, end); !done) return done;
      const SegmentList::Ptr next = segments.after(*segment);
      producers.advance_map_end(next ? std::min(end, next->base()) : end);
    }
  }
  producers.advance_map_end(end);
  return producers.take_snapshot();
}

}  // namespace barnabas::log
