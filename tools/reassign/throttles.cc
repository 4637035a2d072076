#include "tools/reassign/throttles.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace barnabas::tools {
namespace {

Move ongoing_move(const Ongoing& ongoing) {
  Move move{{ongoing.replicas.begin(), ongoing.replicas.end()},
            {ongoing.adding.begin(), ongoing.adding.end()}};
  for (const auto id : ongoing.adding) move.sources.erase(id);
  return move;
}

void add_destinations(Move& move, const Replicas& replicas) {
  for (const auto id : replicas) {
    if (!move.sources.contains(id)) move.destinations.insert(id);
  }
}

}  // namespace

Moves all_moves(const OngoingMoves& ongoing, const Assignments& proposed,
                const Assignments& current) {
  Moves moves;
  for (const auto& [partition, reassignment] : ongoing) {
    moves[partition] = ongoing_move(reassignment);
  }
  for (const auto& [partition, replicas] : proposed) {
    const auto [it, is_new] = moves.try_emplace(partition);
    Move& move = it->second;
    if (is_new) {
      const auto& from = current.at(partition);
      move.sources = {from.begin(), from.end()};
    }
    add_destinations(move, replicas);
  }
  return moves;
}

std::map<std::string, ThrottledReplicas> throttled_replicas(const Moves& moves) {
  struct Names {
    std::set<std::string> leaders, followers;
  };
  std::map<std::string, Names> topics;
  for (const auto& [partition, move] : moves) {
    auto& names = topics[partition.topic];
    const auto entry = [&](BrokerId id) {
      return fmt::format("{}:{}", partition.partition.value, id.value);
    };
    for (const auto id : move.sources) names.leaders.insert(entry(id));
    for (const auto id : move.destinations) names.followers.insert(entry(id));
  }
  std::map<std::string, ThrottledReplicas> throttled;
  for (const auto& [topic, names] : topics) {
    throttled[topic] = {fmt::format("{}", fmt::join(names.leaders, ",")),
                        fmt::format("{}", fmt::join(names.followers, ","))};
  }
  return throttled;
}

std::set<BrokerId> brokers_of(const Moves& moves) {
  std::set<BrokerId> brokers;
  for (const auto& [partition, move] : moves) {
    brokers.insert(move.sources.begin(), move.sources.end());
    brokers.insert(move.destinations.begin(), move.destinations.end());
  }
  return brokers;
}

}  // namespace barnabas::tools
