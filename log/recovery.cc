#include "log/recovery.h"

#include <algorithm>
#include <limits>
#include <set>

namespace barnabas::log {

CleanupPlan plan_cleanup(const std::vector<std::string>& names) {
  CleanupPlan plan;
  std::optional<Offset> smallest_cleaned;
  for (const std::string& name : names) {
    const auto file = parse_file_name(name);
    if (file && file->state == FileState::kCleaned) {
      smallest_cleaned = std::min(smallest_cleaned.value_or(file->base), file->base);
    }
    const bool gone = name.ends_with(kDeletedSuffix) || name.ends_with(kCleanedSuffix);
    if (gone) plan.remove.push_back(name);
  }
  for (const std::string& name : names) {
    const auto file = parse_file_name(name);
    if (!file || file->state != FileState::kSwap) continue;
    const bool unfinished = smallest_cleaned && file->base >= *smallest_cleaned;
    (unfinished ? plan.remove : plan.swaps).push_back(name);
  }
  return plan;
}

std::vector<std::string> replaced_by(const std::vector<SwapRange>& swaps,
                                     const std::vector<std::string>& names) {
  std::vector<std::string> out;
  if (swaps.empty()) return out;
  Offset low = swaps.front().base;
  Offset high = swaps.front().next;
  for (const SwapRange& s : swaps) {
    low = std::min(low, s.base);
    high = std::max(high, s.next);
  }
  for (const std::string& name : names) {
    const auto file = parse_file_name(name);
    if (!file || file->state != FileState::kLive || file->kind == FileKind::kSnapshot) continue;
    if (file->base >= low && file->base < high) out.push_back(name);
  }
  return out;
}

std::string without_swap(const std::string& name) {
  return name.substr(0, name.size() - kSwapSuffix.size());
}

LiveFiles live_files(const std::vector<std::string>& names) {
  LiveFiles out;
  std::set<Offset> logs;
  for (const std::string& name : names) {
    const auto file = parse_file_name(name);
    if (!file || file->state != FileState::kLive) continue;
    if (file->kind == FileKind::kLog) logs.insert(file->base);
    if (file->kind == FileKind::kSnapshot) out.snapshots.push_back(file->base);
  }
  for (const std::string& name : names) {
    const auto file = parse_file_name(name);
    if (!file || file->state != FileState::kLive || file->kind == FileKind::kSnapshot) continue;
    if (!logs.contains(file->base)) out.orphans.push_back(name);
  }
  out.segments.assign(logs.begin(), logs.end());
  std::ranges::sort(out.snapshots);
  return out;
}

std::size_t first_to_recover(const std::vector<Offset>& bases, Offset recovery_point) {
  const auto after = std::ranges::upper_bound(bases, recovery_point);
  return after == bases.begin() ? 0 : static_cast<std::size_t>(after - bases.begin()) - 1;
}

bool continues(const records::BatchView& batch, Offset base, Offset next) {
  const Offset first = batch.is_legacy() ? batch.last_offset() : batch.base_offset();
  const Offset last = batch.last_offset();
  return first >= next && last >= first && last - base >= 0 &&
         last - base <= std::numeric_limits<std::int32_t>::max();
}

}  // namespace barnabas::log
