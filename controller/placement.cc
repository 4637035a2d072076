#include "controller/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <set>
#include <utility>

namespace barnabas::controller {
namespace {

// Where a sequence of partitions starts, and how far its replicas are spread from their leaders.
struct Spread {
  std::size_t start;
  std::size_t shift;
};

Spread spread(const PlacementRequest& request, std::size_t brokers, env::Random& random) {
  if (request.fixed_start) return {*request.fixed_start, *request.fixed_start};
  const std::size_t start = random.below(brokers);
  const std::size_t shift = random.below(brokers);
  return {start, shift};
}

std::size_t replica_index(std::size_t first, std::size_t shift, std::size_t replica,
                          std::size_t brokers) {
  return (first + 1 + (shift + replica) % (brokers - 1)) % brokers;
}

// Rack by rack in turn: a1, b1, c1, a2, b2, ...
std::vector<BrokerMetadata> alternate_racks(const std::vector<BrokerMetadata>& brokers) {
  std::map<std::string, std::vector<BrokerMetadata>> racks;
  for (const BrokerMetadata& broker : brokers) racks[*broker.rack].push_back(broker);
  std::vector<BrokerMetadata> arranged;
  for (std::size_t round = 0; arranged.size() < brokers.size(); ++round) {
    for (const auto& [rack, members] : racks) {
      if (round < members.size()) arranged.push_back(members[round]);
    }
  }
  return arranged;
}

// The replicas of one partition: no rack twice while another is unused, and no broker twice ever
// (there are at least as many brokers as replicas).
std::vector<BrokerId> place_over_racks(const std::vector<BrokerMetadata>& arranged,
                                       std::size_t racks, std::size_t first, std::size_t shift,
                                       std::int32_t replicas) {
  const std::size_t n = arranged.size();
  std::vector<BrokerId> placed{arranged[first].id};
  std::set<std::string> used_racks{*arranged[first].rack};
  std::set<BrokerId> used{arranged[first].id};
  for (std::size_t k = 0; static_cast<std::int32_t>(placed.size()) < replicas; ++k) {
    const BrokerMetadata& candidate = arranged[replica_index(first, shift * racks, k, n)];
    const bool rack_free = !used_racks.contains(*candidate.rack) || used_racks.size() == racks;
    if (!rack_free || used.contains(candidate.id)) continue;
    placed.push_back(candidate.id);
    used_racks.insert(*candidate.rack);
    used.insert(candidate.id);
  }
  return placed;
}

std::vector<BrokerId> place_flat(const std::vector<BrokerMetadata>& brokers, std::size_t first,
                                 std::size_t shift, std::int32_t replicas) {
  std::vector<BrokerId> placed{brokers[first].id};
  for (std::int32_t j = 0; j + 1 < replicas; ++j) {
    const auto replica = static_cast<std::size_t>(j);
    placed.push_back(brokers[replica_index(first, shift, replica, brokers.size())].id);
  }
  return placed;
}

AdminResult<void> check(const PlacementRequest& request) {
  if (request.partitions <= 0) {
    return refuse(ErrorCode::kInvalidPartitions, "Number of partitions must be larger than 0.");
  }
  if (request.replication_factor <= 0) {
    return refuse(ErrorCode::kInvalidReplicationFactor,
                  "Replication factor must be larger than 0.");
  }
  if (std::cmp_greater(request.replication_factor, request.brokers.size())) {
    return refuse(ErrorCode::kInvalidReplicationFactor,
                  fmt::format("Replication factor: {} larger than available brokers: {}.",
                              request.replication_factor, request.brokers.size()));
  }
  return {};
}

}  // namespace

AdminResult<std::vector<BrokerMetadata>> placement_brokers(std::vector<BrokerMetadata> live,
                                                           RackMode mode) {
  std::ranges::sort(live, {}, &BrokerMetadata::id);
  const auto with_rack =
      std::ranges::count_if(live, [](const auto& broker) { return !!broker.rack; });
  const bool some_without = with_rack > 0 && std::cmp_less(with_rack, live.size());
  if (some_without && mode == RackMode::kEnforced) {
    return refuse(
        ErrorCode::kUnknownServerError,
        "Not all brokers have rack information. Add --disable-rack-aware in command line to "
        "make replica assignment without rack information.");
  }
  if (some_without || mode == RackMode::kDisabled) {
    for (BrokerMetadata& broker : live) broker.rack.reset();
  }
  return live;
}

AdminResult<Placement> place_replicas(const PlacementRequest& request, env::Random& random) {
  if (const auto good = check(request); !good) return std::unexpected(good.error());
  const bool racks_known = request.brokers.front().rack.has_value();
  const auto brokers = racks_known ? alternate_racks(request.brokers) : request.brokers;
  std::set<std::string> racks;
  for (const BrokerMetadata& broker : brokers) racks.insert(broker.rack.value_or(""));

  auto [start, shift] = spread(request, brokers.size(), random);
  Placement placement;
  for (std::int32_t i = 0; i < request.partitions; ++i) {
    const PartitionIndex partition = request.first_partition + i;
    const auto p = static_cast<std::size_t>(partition.value);
    if (p > 0 && p % brokers.size() == 0) ++shift;
    const std::size_t first = (p + start) % brokers.size();
    placement[partition] =
        racks_known
            ? place_over_racks(brokers, racks.size(), first, shift, request.replication_factor)
            : place_flat(brokers, first, shift, request.replication_factor);
  }
  return placement;
}

}  // namespace barnabas::controller
