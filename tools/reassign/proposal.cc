#include "tools/reassign/proposal.h"

#include <algorithm>

#include "tools/broker_list.h"
#include "tools/placement.h"

namespace barnabas::tools {

ReassignResult<std::set<BrokerId>> Proposal::chosen_brokers() const {
  const auto ids = parse_brokers(*arguments_.text("broker-list"));
  if (!ids) return accident(ids.error());
  const std::set<BrokerId> chosen(ids->begin(), ids->end());
  if (chosen.size() == ids->size()) return chosen;
  std::vector<std::string> twice;
  for (const auto id : chosen) {
    if (std::ranges::count(*ids, id) > 1) twice.push_back(std::to_string(id.value));
  }
  return accident("Broker list contains duplicate entries: " + show_list(twice));
}

env::Task<ReassignResult<Assignments>> Proposal::current(std::set<std::string> topics) {
  auto assignments = co_await cluster_.assignments(topics);
  if (!assignments) co_return accident(assignments.error());
  const auto known = topics_of(*assignments);
  for (const auto& topic : topics) {
    if (!known.contains(topic)) co_return not_found("Topic " + topic + " not found.");
  }
  co_return std::move(*assignments);
}

env::Task<ReassignResult<Racks>> Proposal::brokers_to_use(std::set<BrokerId> chosen) {
  auto racks = co_await cluster_.brokers();
  if (!racks) co_return accident(racks.error());
  std::erase_if(*racks, [&](const auto& broker) { return !chosen.contains(broker.first); });
  std::size_t rackless = 0;
  for (auto& [id, rack] : *racks) {
    if (arguments_.has("disable-rack-aware")) rack = std::nullopt;
    if (!rack) ++rackless;
  }
  if (!arguments_.has("disable-rack-aware") && rackless != 0 && rackless != racks->size()) {
    co_return accident(
        "Not all brokers have rack information. Add --disable-rack-aware in command line to make "
        "replica assignment without rack information.");
  }
  co_return std::move(*racks);
}

// Each topic as if it were made anew on those brokers.
ReassignResult<Assignments> Proposal::propose(const Assignments& current,
                                              const Racks& racks) const {
  Assignments proposed;
  for (auto it = current.begin(); it != current.end();) {
    const auto& topic = it->first.topic;
    const auto factor = static_cast<std::int32_t>(it->second.size());
    std::int32_t partitions = 0;
    for (; it != current.end() && it->first.topic == topic; ++it) ++partitions;
    const auto placed = place_replicas(racks, partitions, factor, random_());
    if (!placed) return accident(placed.error());
    for (std::size_t i = 0; i < placed->size(); ++i) {
      proposed[{topic, PartitionIndex(static_cast<std::int32_t>(i))}] = (*placed)[i];
    }
  }
  return proposed;
}

env::Task<ReassignResult<>> Proposal::run() {
  const auto text = read_file(*arguments_.text("topics-to-move-json-file"));
  if (!text) co_return accident(text.error());
  const auto chosen = chosen_brokers();
  if (!chosen) co_return std::unexpected(chosen.error());
  const auto topics = parse_topics_to_move(*text);
  if (!topics) co_return accident(topics.error());
  const std::set<std::string> names(topics->begin(), topics->end());
  const auto assignments = co_await current(names);
  if (!assignments) co_return std::unexpected(assignments.error());
  const auto racks = co_await brokers_to_use(*chosen);
  if (!racks) co_return std::unexpected(racks.error());
  const auto proposed = propose(*assignments, *racks);
  if (!proposed) co_return std::unexpected(proposed.error());
  console_.out << "Current partition replica assignment\n"
               << show_assignments(*assignments)
               << "\n\nProposed partition reassignment configuration\n"
               << show_assignments(*proposed) << '\n';
  co_return ReassignResult<>{};
}

}  // namespace barnabas::tools
