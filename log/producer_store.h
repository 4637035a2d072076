// A log's producer state together with its N.snapshot files.
//
// Owns        the state, the set of snapshots on disk, and up to which offset each reaches.
// Does not    replay batches (the log does), sync.
// Threading   under its log's mutex.
// Invariants  last_snapshot <= map_end.
// Kafka       ProducerStateManager (its half that deals with files).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "log/log_context.h"
#include "log/producer_state.h"

namespace barnabas::log {

class ProducerStore {
 public:
  ProducerStore(LogContext& context, std::string directory)
      : context_(context), directory_(std::move(directory)) {}

  ProducerState& state() { return state_; }
  const ProducerState& state() const { return state_; }
  Offset map_end() const { return map_end_; }  // the state holds every batch below
  void advance_map_end(Offset end) { map_end_ = end; }

  void found(Offset snapshot) { snapshots_.insert(snapshot); }  // while loading
  const std::set<Offset>& snapshots() const { return snapshots_; }
  std::string path(Offset snapshot) const;

  // Writes one at map_end unless nothing changed since the last.
  env::IoResult<void> take_snapshot();
  // Writes an empty one, for a base without producers known (loading).
  env::IoResult<void> take_empty_snapshot(Offset at);
  // Makes the state that of the newest snapshot within (log_start, log_end], or empty; batches from
  // map_end() on must then be replayed. Snapshots outside the range go.
  env::IoResult<void> reload(Offset log_start, Offset log_end, Timestamp now);
  env::IoResult<void> restart_at(Offset offset);  // empty state, no snapshots
  void log_start_advanced(Offset log_start);
  // Keeps those at a segment's base and the newest; others are leftovers of a crash.
  env::IoResult<void> remove_stray(const std::set<Offset>& segment_bases);
  env::IoResult<void> remove(Offset snapshot);
  // `N.snapshot.deleted` with its old path, if there is one; the caller removes it later.
  env::IoResult<std::optional<std::string>> mark_deleted(Offset snapshot);
  void moved_to(const std::string& directory) { directory_ = directory; }

 private:
  env::IoResult<bool> load_from(Offset snapshot, Timestamp now);  // false: broken
  env::IoResult<void> write(Offset at, const std::vector<ProducerEntry>& entries);

  LogContext& context_;
  std::string directory_;
  ProducerState state_;
  std::set<Offset> snapshots_;
  Offset map_end_{0};
  Offset last_snapshot_{0};
};

}  // namespace barnabas::log
