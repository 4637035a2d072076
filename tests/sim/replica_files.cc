#include "tests/sim/replica_files.h"

#include <fmt/core.h>

#include <algorithm>

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

void compare_replicas(Cluster& cluster, const TopicPartition& tp,
                      const std::function<void(const std::string&)>& report) {
  const auto replicas = replica_bytes(cluster, tp);
  if (replicas.empty()) return report(to_string(tp) + " lies on no disk");
  const auto& [first_id, first] = *replicas.begin();
  for (const auto& [id, bytes] : replicas) {
    const auto differ = std::ranges::mismatch(first, bytes);
    if (differ.in1 == first.end() && differ.in2 == bytes.end()) continue;
    report(fmt::format("{}: broker {} has {} bytes and broker {} has {}; they differ from byte {}",
                       to_string(tp), first_id, first.size(), id, bytes.size(),
                       differ.in1 - first.begin()));
  }
}

}  // namespace barnabas::simtest
