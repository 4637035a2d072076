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

BatchNumber RecordChecker::sent(const TopicIdPartition& of, Bytes batch) {
  const BatchNumber number = batches_.size();
  batches_.push_back({of, big_endian(batch, kLastOffsetDeltaAt, 4) + 1});
  by_content_.emplace(content(batch), number);
  return number;
}

std::vector<RecordChecker::Found> RecordChecker::parse(const TopicIdPartition& of, Bytes records) {
  std::vector<Found> found;
  std::int64_t next = -1;
  // A fetch may end in the middle of a batch.
  while (records.size() >= kHeader) {
    const std::int64_t base = big_endian(records, 0, 8);
    const auto size = static_cast<std::size_t>(big_endian(records, kLengthAt, 4)) + 12;
    if (size > records.size()) break;
    const auto known = by_content_.find(content(records.first(size)));
    if (known == by_content_.end()) {
      report_(fmt::format("{} holds at {} bytes that nobody sent", to_string(of), base));
      break;
    }
    const Batch& batch = batches_[known->second];
    check_known(of, base, known->second);
    if (next >= 0 && base != next) {
      report_(fmt::format("{}: after offset {} comes {}", to_string(of), next - 1, base));
    }
    found.push_back({known->second, base});
    next = base + batch.count;
    records = records.subspan(size);
  }
  return found;
}

void RecordChecker::check_known(const TopicIdPartition& of, std::int64_t base,
                                BatchNumber number) const {
  const Batch& batch = batches_[number];
  const bool explained = batch.of == of || (batch.of.tp == of.tp && batch.unanswered > 0);
  if (!explained) {
    report_(fmt::format("{} holds at {} batch {}, which was sent to {}", to_string(of), base,
                        number, to_string(batch.of)));
  }
  if (batch.refused) {
    report_(fmt::format("{} holds at {} batch {}, which was refused", to_string(of), base, number));
  }
}

void RecordChecker::deletes(const TopicPartition& tp, std::int64_t offset) {
  auto& below = deleted_[tp];
  below = std::max(below, offset);
}

std::int64_t RecordChecker::deletable_below(const TopicIdPartition& of) const {
  const auto asked = deleted_.find(of.tp);
  return asked == deleted_.end() ? 0 : asked->second;
}

std::int64_t RecordChecker::log_start(const TopicIdPartition& of) const {
  const auto known = log_starts_.find(of);
  return known == log_starts_.end() ? 0 : known->second;
}

std::string RecordChecker::describe(const TopicIdPartition& of, const Place& place) const {
  return fmt::format("{} batch {} at {}..{} (generation {}..{}{})", to_string(of), place.batch,
                     place.base, end_of(place) - 1, place.window.sent, place.window.answered,
                     place.acknowledged ? ", acknowledged" : "");
}

// Both cannot have been true of one log without a loss between them.
bool RecordChecker::excludes(const TopicIdPartition& of, const Place& a, const Place& b) const {
  const bool one_generation = a.window.sent == b.window.answered &&
                              a.window.answered == b.window.sent &&
                              a.window.sent == a.window.answered;
  if (!one_generation) return false;
  if (a.batch == b.batch) {
    return a.base != b.base && std::min(end_of(a), end_of(b)) > deletable_below(of);
  }
  return a.base < end_of(b) && b.base < end_of(a);
}

void RecordChecker::note(const TopicIdPartition& of, Place place) {
  auto& places = places_[of];
  for (const Place& other : places) {
    if (excludes(of, other, place)) {
      report_(
          fmt::format("{} and {} exclude each other", describe(of, other), describe(of, place)));
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
  note(batches_[batch].of, {batch, base_offset, window, true});
}

void RecordChecker::read(const TopicIdPartition& of, Bytes records, Window window) {
  for (const Found& one : parse(of, records)) note(of, {one.batch, one.base, window, false});
}

void RecordChecker::read_all(const TopicIdPartition& of, Bytes records, Range range,
                             int generation) {
  log_starts_[of] = range.start;
  const std::vector<Found> log = parse(of, records);
  std::set<BatchNumber> seen;
  for (const Found& one : log) {
    if (!seen.insert(one.batch).second) {
      report_(fmt::format("{} holds batch {} twice", to_string(of), one.batch));
    }
  }
  const std::int64_t first = log.empty() ? range.start : log.front().base;
  const std::int64_t last =
      log.empty() ? range.start : log.back().base + batches_[log.back().batch].count;
  if (range.start > deletable_below(of)) {
    report_(fmt::format("{} begins at {}; deletion was asked for below {}", to_string(of),
                        range.start, deletable_below(of)));
  }
  if (first > range.start) report_(fmt::format("{} begins at {}", to_string(of), first));
  if (last != range.end) {
    report_(fmt::format("{} ends at {}, not at {}", to_string(of), last, range.end));
  }
  check_present(of, log, range.start, generation);
  for (const Found& one : log) note(of, {one.batch, one.base, {generation, generation}, false});
}

// A place that is still there shows that no loss since it was seen went so far: so what lay before
// it and was seen in the same generation or later must be there too.
void RecordChecker::check_present(const TopicIdPartition& of, const std::vector<Found>& log,
                                  std::int64_t start, int generation) {
  std::map<std::int64_t, BatchNumber> at;
  for (const Found& one : log) at[one.base] = one.batch;
  const auto is_there = [&](const Place& place) {
    const auto found = at.find(place.base);
    return found != at.end() && found->second == place.batch;
  };
  const auto& places = places_[of];
  std::map<int, std::int64_t> reach;  // by the last generation it was seen in: how far
  for (const Place& place : places) {
    if (!is_there(place)) continue;
    auto& far = reach[place.window.answered];
    far = std::max(far, place.base);
  }
  for (const Place& place : places) {
    if (is_there(place) || end_of(place) <= start) continue;
    bool must = place.window.sent >= generation;
    for (const auto& [answered, far] : reach) {
      must |= answered <= place.window.sent && place.base < far;
    }
    if (must) report_(fmt::format("{} is gone", describe(of, place)));
  }
}

std::size_t RecordChecker::places_seen() const {
  std::size_t all = 0;
  for (const auto& [of, places] : places_) all += places.size();
  return all;
}

}  // namespace barnabas::simtest
