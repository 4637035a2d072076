// A log's leader epochs together with their file, leader-epoch-checkpoint.
//
// Owns        the cache and the file. Every change is written at once, so that readers of the file
//             see it, but not synced (clear() is): a leader of 1,000 partitions would wait for
//             2,000 syncs before it serves. flush() makes it durable before the recovery point
//             moves; what a power cut takes, recovery finds in the batches, which carry their
//             epochs.
// Threading   under its log's mutex.
// Kafka       LeaderEpochFileCache, LeaderEpochCheckpointFile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "env/files.h"
#include "log/leader_epoch_cache.h"

namespace barnabas::log {

inline constexpr std::string_view kEpochFile = "leader-epoch-checkpoint";

class EpochStore {
 public:
  struct Unsynced {
    std::string path;
    std::uint64_t changes = 0;  // that it holds at least
  };

  EpochStore(env::Files& files, const std::string& directory);

  // The empty file that every log of Kafka has from its begin on. Not synced: missing, it says the
  // same.
  env::IoResult<void> create();
  // An empty file: no epochs; a missing one: the same, and it is made. A broken one: an error text,
  // no epochs.
  std::expected<void, std::string> load();
  const LeaderEpochCache& cache() const { return cache_; }
  env::IoResult<void> assign(LeaderEpoch epoch, Offset start);
  env::IoResult<void> truncate_from_end(Offset end);
  env::IoResult<void> truncate_from_start(Offset start);
  env::IoResult<void> clear();
  env::IoResult<void> replace(LeaderEpochCache cache);
  // Syncs the file; the directory's names are the caller's to sync.
  env::IoResult<void> flush();
  // flush() for who does not want to hold the mutex for as long: the file to sync, and that it is
  // done.
  std::optional<Unsynced> unsynced() const;
  void synced(const Unsynced& file);
  void moved_to(const std::string& directory);

 private:
  env::IoResult<void> write(bool changed);

  env::Files& files_;
  std::string path_;
  LeaderEpochCache cache_;
  std::uint64_t changes_ = 0;
  std::uint64_t synced_changes_ = 0;
};

}  // namespace barnabas::log
