#include "tests/sim/replica_files.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <span>

namespace barnabas::simtest {

namespace {

void append_file(env::sim::Volume& volume, const std::string& path, std::vector<std::byte>& all) {
  const auto stat = volume.stat(path);
  const auto file = volume.open(path, env::OpenMode::kRead);
  if (!stat || !file) return;
  const std::size_t start = all.size();
  all.resize(start + stat->size);
  const auto read = (*file)->read_at(0, {all.data() + start, all.size() - start});
  all.resize(start + read.value_or(0));
}

std::vector<std::string> segments_in(env::sim::Volume& volume, const std::string& directory) {
  std::vector<std::string> names;
  const auto entries = volume.list(directory);
  if (!entries) return names;
  for (const auto& entry : *entries) {
    if (entry.name.ends_with(".log")) names.push_back(directory + "/" + entry.name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

std::map<int, std::vector<std::byte>> replica_bytes(Cluster& cluster, const TopicPartition& tp) {
  std::map<int, std::vector<std::byte>> replicas;
  const std::string directory = fmt::format("kafka/{}-{}", tp.topic, tp.partition.value);
  for (const int id : cluster.ids()) {
    for (env::sim::Volume* volume : cluster.disks(id)) {
      const auto segments = segments_in(*volume, directory);
      if (segments.empty()) continue;
      auto& all = replicas[id];
      for (const std::string& segment : segments) append_file(*volume, segment, all);
    }
  }
  return replicas;
}

namespace {

using Batch = std::span<const std::byte>;
using Batches = std::map<std::int64_t, Batch>;  // by base offset

std::int64_t big_endian(Batch bytes, std::size_t at, std::size_t size) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | std::to_integer<int>(bytes[at + i]);
  return value;
}

std::int64_t last_offset(Batch batch) {
  constexpr std::size_t kLastOffsetDeltaAt = 23;
  if (batch.size() < kLastOffsetDeltaAt + 4) return 0;
  return big_endian(batch, 0, 8) + big_endian(batch, kLastOffsetDeltaAt, 4);
}

Batches batches_of(const std::vector<std::byte>& log) {
  Batches batches;
  for (std::size_t at = 0; at + 12 <= log.size();) {
    const auto size = static_cast<std::size_t>(big_endian(log, at + 8, 4)) + 12;
    batches[big_endian(log, at, 8)] = std::span(log).subspan(at, std::min(size, log.size() - at));
    at += size;
  }
  return batches;
}

// From the latest of the two beginnings and the log's start on; nothing if they are equal.
std::optional<std::string> difference(const Batches& a, const Batches& b, std::int64_t log_start) {
  const std::int64_t from = std::max(a.begin()->first, b.begin()->first);
  auto i = a.lower_bound(from);
  auto j = b.lower_bound(from);
  while (i != a.end() && last_offset(i->second) < log_start) ++i;
  while (j != b.end() && last_offset(j->second) < log_start) ++j;
  for (; i != a.end() && j != b.end(); ++i, ++j) {
    if (i->first != j->first || !std::ranges::equal(i->second, j->second)) {
      return fmt::format("differ at {} and {}", i->first, j->first);
    }
  }
  if (i == a.end() && j == b.end()) return std::nullopt;
  return fmt::format("end after {} and {}", a.rbegin()->first, b.rbegin()->first);
}

}  // namespace

void compare_replicas(Cluster& cluster, const TopicPartition& tp, const std::vector<int>& brokers,
                      Deleted deleted, const std::function<void(const std::string&)>& report) {
  const auto logs = replica_bytes(cluster, tp);
  std::map<int, Batches> replicas;
  for (const int id : brokers) {
    const auto log = logs.find(id);
    if (log == logs.end()) return report(fmt::format("{} does not lie on {}", to_string(tp), id));
    auto& batches = replicas[id] = batches_of(log->second);
    if (batches.empty()) return report(fmt::format("{} is empty on {}", to_string(tp), id));
    if (batches.begin()->first > deleted.below) {
      report(fmt::format("{} begins at {} on {}", to_string(tp), batches.begin()->first, id));
    }
  }
  for (const auto& [id, batches] : replicas) {
    const auto found = difference(replicas.begin()->second, batches, deleted.log_start);
    if (!found) continue;
    report(fmt::format("{} on {} and on {}: they {}", to_string(tp), replicas.begin()->first, id,
                       *found));
  }
}

}  // namespace barnabas::simtest
