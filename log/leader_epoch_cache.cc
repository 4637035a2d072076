#include "log/leader_epoch_cache.h"

#include <algorithm>

namespace barnabas::log {

LeaderEpochCache::LeaderEpochCache(std::vector<EpochEntry> entries) {
  for (const EpochEntry& e : entries) assign(e.epoch, e.start);
}

bool LeaderEpochCache::assign(LeaderEpoch epoch, Offset start) {
  if (epoch < LeaderEpoch(0) || start < Offset(0)) return false;
  if (!entries_.empty()) {
    const EpochEntry& last = entries_.back();
    if (last.epoch == epoch && start >= last.start) return false;
  }
  while (!entries_.empty() && (entries_.back().epoch >= epoch || entries_.back().start >= start)) {
    entries_.pop_back();
  }
  entries_.push_back({epoch, start});
  return true;
}

bool LeaderEpochCache::truncate_from_end(Offset end) {
  const auto first =
      std::ranges::find_if(entries_, [&](const EpochEntry& e) { return e.start >= end; });
  const bool changed = first != entries_.end();
  entries_.erase(first, entries_.end());
  return changed;
}

bool LeaderEpochCache::truncate_from_start(Offset start) {
  const auto after =
      std::ranges::find_if(entries_, [&](const EpochEntry& e) { return e.start > start; });
  if (after == entries_.begin()) return false;
  const auto covering = after - 1;
  if (covering == entries_.begin() && covering->start == start) return false;
  covering->start = start;
  entries_.erase(entries_.begin(), covering);
  return true;
}

bool LeaderEpochCache::clear() {
  const bool changed = !entries_.empty();
  entries_.clear();
  return changed;
}

std::pair<LeaderEpoch, Offset> LeaderEpochCache::end_offset_for(LeaderEpoch epoch,
                                                                Offset log_end) const {
  constexpr std::pair kUnknown{kNoLeaderEpoch, kNoOffset};
  if (epoch < LeaderEpoch(0) || entries_.empty()) return kUnknown;
  if (entries_.back().epoch == epoch) return {epoch, log_end};
  const auto higher =
      std::ranges::find_if(entries_, [&](const EpochEntry& e) { return e.epoch > epoch; });
  if (higher == entries_.end()) return kUnknown;
  if (higher == entries_.begin()) return {epoch, higher->start};
  return {(higher - 1)->epoch, higher->start};
}

std::optional<LeaderEpoch> LeaderEpochCache::epoch_of(Offset offset) const {
  const auto after =
      std::ranges::find_if(entries_, [&](const EpochEntry& e) { return e.start > offset; });
  if (after == entries_.begin()) return {};
  return (after - 1)->epoch;
}

std::optional<LeaderEpoch> LeaderEpochCache::latest() const {
  if (entries_.empty()) return {};
  return entries_.back().epoch;
}

}  // namespace barnabas::log
