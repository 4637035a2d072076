#include "tests/sim/record_checker.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace barnabas::simtest {

namespace {

// A record batch: base offset (8), length (4), leader epoch (4), then what no broker changes.
constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kUnchangedFrom = 16;
constexpr std::size_t kLastOffsetDeltaAt = 23;
constexpr std::size_t kHeader = 61;

std::int64_t big_endian(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  }
  return static_cast<std::int64_t>(value);
}

std::string_view content(Bytes batch) {
  const auto rest = batch.subspan(kUnchangedFrom);
  return {reinterpret_cast<const char*>(rest.data()), rest.size()};
}

}  // namespace

BatchNumber RecordChecker::sent(const TopicPartition& tp, Bytes batch) {
  const BatchNumber number = batches_.size();
  batches_.push_back({tp, big_endian(batch, kLastOffsetDeltaAt, 4) + 1});
  by_content_.emplace(content(batch), number);
  return number;
}

std::vector<RecordChecker::Found> RecordChecker::parse(const TopicPartition& tp, Bytes records) {
  std::vector<Found> found;
  std::int64_t next = -1;
  // A fetch may end in the middle of a batch.
  while (records.size() >= kHeader) {
    const std::int64_t base = big_endian(records, 0, 8);
    const auto size = static_cast<std::size_t>(big_endian(records, kLengthAt, 4)) + 12;
    if (size > records.size()) break;
    const auto known = by_content_.find(content(records.first(size)));
    if (known == by_content_.end()) {
      report_(fmt::format("{} holds at {} bytes that nobody sent", to_string(tp), base));
      break;
    }
    const Batch& batch = batches_[known->second];
    if (batch.tp != tp) {
      report_(fmt::format("{} holds at {} batch {}, which was sent to {}", to_string(tp), base,
                          known->second, to_string(batch.tp)));
    }
    if (batch.refused) {
      report_(fmt::format("{} holds at {} batch {}, which was refused", to_string(tp), base,
                          known->second));
    }
    if (next >= 0 && base != next) {
      report_(fmt::format("{}: after offset {} comes {}", to_string(tp), next - 1, base));
    }
    found.push_back({known->second, base});
    next = base + batch.count;
    records = records.subspan(size);
  }
  return found;
}

std::string RecordChecker::describe(const TopicPartition& tp, const Place& place) const {
  return fmt::format("{} batch {} at {}..{} (generation {}..{}{})", to_string(tp), place.batch,
                     place.base, place.base + batches_[place.batch].count - 1, place.window.sent,
                     place.window.answered, place.acknowledged ? ", acknowledged" : "");
}

// Both cannot have been true of one log without a loss between them.
bool RecordChecker::excludes(const Place& a, const Place& b) const {
  const bool one_generation = a.window.sent == b.window.answered &&
                              a.window.answered == b.window.sent &&
                              a.window.sent == a.window.answered;
  if (!one_generation) return false;
  if (a.batch == b.batch) return a.base != b.base;
  return a.base < b.base + batches_[b.batch].count && b.base < a.base + batches_[a.batch].count;
}

void RecordChecker::note(const TopicPartition& tp, Place place) {
  auto& places = places_[tp];
  for (const Place& other : places) {
    if (excludes(other, place)) {
      report_(
          fmt::format("{} and {} exclude each other", describe(tp, other), describe(tp, place)));
    }
  }
  for (Place& other : places) {
    if (other.batch != place.batch || other.base != place.base) continue;
    if (place.window.sent >= other.window.sent) other.window = place.window;
    other.acknowledged |= place.acknowledged;
    return;
  }
  places.push_back(place);
}

void RecordChecker::acknowledged(BatchNumber batch, std::int64_t base_offset, Window window) {
  note(batches_[batch].tp, {batch, base_offset, window, true});
}

void RecordChecker::read(const TopicPartition& tp, Bytes records, Window window) {
  for (const Found& one : parse(tp, records)) note(tp, {one.batch, one.base, window, false});
}

void RecordChecker::read_all(const TopicPartition& tp, Bytes records, std::int64_t end,
                             int generation) {
  const std::vector<Found> log = parse(tp, records);
  std::set<BatchNumber> seen;
  for (const Found& one : log) {
    if (!seen.insert(one.batch).second) {
      report_(fmt::format("{} holds batch {} twice", to_string(tp), one.batch));
    }
  }
  const std::int64_t first = log.empty() ? 0 : log.front().base;
  const std::int64_t last = log.empty() ? 0 : log.back().base + batches_[log.back().batch].count;
  if (first != 0) report_(fmt::format("{} begins at {}", to_string(tp), first));
  if (last != end) report_(fmt::format("{} ends at {}, not at {}", to_string(tp), last, end));
  check_present(tp, log, generation);
  for (const Found& one : log) note(tp, {one.batch, one.base, {generation, generation}, false});
}

// A place that is still there shows that no loss since it was seen went so far: so what lay before
// it and was seen in the same generation or later must be there too.
void RecordChecker::check_present(const TopicPartition& tp, const std::vector<Found>& log,
                                  int generation) {
  std::map<std::int64_t, BatchNumber> at;
  for (const Found& one : log) at[one.base] = one.batch;
  const auto is_there = [&](const Place& place) {
    const auto found = at.find(place.base);
    return found != at.end() && found->second == place.batch;
  };
  const auto& places = places_[tp];
  std::map<int, std::int64_t> reach;  // by the last generation it was seen in: how far
  for (const Place& place : places) {
    if (!is_there(place)) continue;
    auto& far = reach[place.window.answered];
    far = std::max(far, place.base);
  }
  for (const Place& place : places) {
    if (is_there(place)) continue;
    bool must = place.window.sent >= generation;
    for (const auto& [answered, far] : reach) {
      must |= answered <= place.window.sent && place.base < far;
    }
    if (must) report_(fmt::format("{} is gone", describe(tp, place)));
  }
}

std::size_t RecordChecker::places_seen() const {
  std::size_t all = 0;
  for (const auto& [tp, places] : places_) all += places.size();
  return all;
}

}  // namespace barnabas::simtest
