// Partition: its log goes to another log directory.
#include "broker/replica/partition.h"

namespace barnabas::broker::replica {

Result<bool> Partition::replace_log(const Swap& swap) {
  const std::lock_guard lock(mutex_);
  if (gone_) return std::unexpected(*gone_);
  if (!log_) return std::unexpected(ErrorCode::kNotLeaderOrFollower);
  auto next = swap(*log_);
  if (!next) return std::unexpected(next.error());
  if (!*next) return false;
  log_ = *std::move(next);
  return true;
}

// A reader had its log in hand without the lock: what it was refused says nothing then.
bool Partition::has_replaced(const log::Log* log) const {
  const std::lock_guard lock(mutex_);
  return !gone_ && log_ && log_.get() != log;
}

}  // namespace barnabas::broker::replica
