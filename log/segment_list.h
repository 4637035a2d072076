// A log's segments by base offset; the last one is the active one.
//
// Owns        the segments (shared with readers that are still looking).
// Threading   under its log's mutex.
// Invariants  never empty once a log is loaded; bases strictly increase.
// Kafka       LogSegments.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "log/segment.h"

namespace barnabas::log {

class SegmentList {
 public:
  using Ptr = std::shared_ptr<Segment>;

  void add(Ptr segment) { segments_[segment->base()] = std::move(segment); }
  void remove(Offset base) { segments_.erase(base); }
  bool empty() const { return segments_.empty(); }
  std::size_t count() const { return segments_.size(); }
  const Ptr& active() const { return segments_.rbegin()->second; }
  const Ptr& first() const { return segments_.begin()->second; }
  // The last one with base <= offset, or the first one; null if there is none.
  Ptr floor(Offset offset) const {
    if (segments_.empty()) return nullptr;
    auto it = segments_.upper_bound(offset);
    return it == segments_.begin() ? it->second : std::prev(it)->second;
  }
  // The one behind `segment`; null behind the active one.
  Ptr after(const Segment& segment) const {
    const auto it = segments_.upper_bound(segment.base());
    return it == segments_.end() ? nullptr : it->second;
  }
  std::vector<Ptr> from(Offset base) const {  // from floor(base) on
    std::vector<Ptr> out;
    const Ptr first_one = floor(base);
    for (Ptr s = first_one; s; s = after(*s)) out.push_back(s);
    return out;
  }
  std::vector<Ptr> all() const {
    std::vector<Ptr> out;
    for (const auto& [base, s] : segments_) out.push_back(s);
    return out;
  }
  std::uint64_t size() const {
    std::uint64_t sum = 0;
    for (const auto& [base, s] : segments_) sum += s->size();
    return sum;
  }

 private:
  std::map<Offset, Ptr> segments_;
};

}  // namespace barnabas::log
