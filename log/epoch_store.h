// A log's leader epochs together with their file, leader-epoch-checkpoint.
//
// Owns        the cache and the file. Every change is written at once.
// Does not    sync the very first entry of an empty log: losing it loses nothing, since the
//             batches carry their epochs; flush() makes it durable before the recovery point
//             moves. (Creating 10,000 partitions would else wait for 10,000 syncs.) All other
//             changes are synced.
// Threading   under its log's mutex.
// Kafka       LeaderEpochFileCache, LeaderEpochCheckpointFile.
#pragma once

#include <string>

#include "env/files.h"
#include "log/leader_epoch_cache.h"

namespace barnabas::log {

inline constexpr std::string_view kEpochFile = "leader-epoch-checkpoint";

class EpochStore {
 public:
  EpochStore(env::Files& files, const std::string& directory);

  // A missing or empty file: no epochs. A broken one: an error text, no epochs.
  std::expected<void, std::string> load();
  const LeaderEpochCache& cache() const { return cache_; }
  env::IoResult<void> assign(LeaderEpoch epoch, Offset start);
  env::IoResult<void> truncate_from_end(Offset end);
  env::IoResult<void> truncate_from_start(Offset start);
  env::IoResult<void> clear();
  env::IoResult<void> flush();
  bool unsynced() const { return unsynced_; }
  void moved_to(const std::string& directory);

 private:
  env::IoResult<void> write(bool changed);

  env::Files& files_;
  std::string path_;
  LeaderEpochCache cache_;
  bool first_write_ = true;
  bool unsynced_ = false;
};

}  // namespace barnabas::log
