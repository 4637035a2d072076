#include "tools/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace barnabas::tools {
namespace {

using Racks = std::map<BrokerId, std::optional<std::string>>;

// Brokers so ordered that neighbours are of different racks: the first of each rack, the second of
// each, ...
std::vector<BrokerId> alternated(const Racks& racks) {
  std::map<std::string, std::vector<BrokerId>> by_rack;
  for (const auto& [id, rack] : racks) by_rack[*rack].push_back(id);
  std::vector<BrokerId> order;
  for (std::size_t i = 0; order.size() < racks.size(); ++i) {
    for (const auto& [rack, ids] : by_rack) {
      if (i < ids.size()) order.push_back(ids[i]);
    }
  }
  return order;
}

std::size_t follower_index(std::size_t leader, std::size_t shift, std::size_t replica,
                           std::size_t brokers) {
  const auto step = 1 + (shift + replica) % (brokers - 1);
  return (leader + step) % brokers;
}

std::vector<BrokerId> without_racks(const std::vector<BrokerId>& order, std::size_t leader,
                                    std::size_t shift, std::size_t factor) {
  std::vector<BrokerId> replicas{order[leader]};
  for (std::size_t i = 0; i + 1 < factor; ++i) {
    replicas.push_back(order[follower_index(leader, shift, i, order.size())]);
  }
  return replicas;
}

// Skips a broker whose rack, or which itself, has a replica while another rack (broker) has none.
std::vector<BrokerId> with_racks(const Racks& racks, const std::vector<BrokerId>& order,
                                 std::size_t rack_count, std::size_t leader, std::size_t shift,
                                 std::size_t factor) {
  std::vector<BrokerId> replicas{order[leader]};
  std::set<std::string> used{*racks.at(order[leader])};
  std::size_t k = 0;
  while (replicas.size() < factor) {
    const auto step = 1 + (shift * rack_count + k++) % (order.size() - 1);
    const auto id = order[(leader + step) % order.size()];
    const auto& rack = *racks.at(id);
    const bool rack_taken = used.contains(rack) && used.size() < rack_count;
    const bool taken = std::ranges::find(replicas, id) != replicas.end();
    if (rack_taken || taken) continue;
    replicas.push_back(id);
    used.insert(rack);
  }
  return replicas;
}

}  // namespace

std::expected<Assignment, std::string> place_replicas(const Racks& racks, std::int32_t partitions,
                                                      std::int32_t replication_factor,
                                                      std::uint64_t start, std::int32_t first) {
  if (static_cast<std::size_t>(replication_factor) > racks.size()) {
    return std::unexpected(fmt::format("Replication factor: {} larger than available brokers: {}.",
                                       replication_factor, racks.size()));
  }
  const bool by_rack =
      std::ranges::all_of(racks, [](const auto& broker) { return broker.second.has_value(); });
  std::vector<BrokerId> order;
  std::set<std::string> rack_names;
  for (const auto& [id, rack] : racks) {
    order.push_back(id);
    if (by_rack) rack_names.insert(*rack);
  }
  if (by_rack) order = alternated(racks);
  const auto factor = static_cast<std::size_t>(replication_factor);
  Assignment assignment;
  auto shift = static_cast<std::size_t>(start % order.size());
  for (std::int32_t i = first; i < first + partitions; ++i) {
    const auto partition = static_cast<std::size_t>(i);
    if (i > 0 && partition % order.size() == 0) ++shift;
    const auto leader = (partition + start) % order.size();
    assignment.push_back(by_rack
                             ? with_racks(racks, order, rack_names.size(), leader, shift, factor)
                             : without_racks(order, leader, shift, factor));
  }
  return assignment;
}

}  // namespace barnabas::tools
