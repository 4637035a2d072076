#include "controller/hand_over.h"

#include <algorithm>
#include <utility>

namespace barnabas::controller::hand_over {
namespace {

constexpr std::size_t kPiece = 16;   // partitions; where there are many,
constexpr std::size_t kPieces = 64;  // so many pieces of them

// In order, equal but for the last.
std::vector<std::vector<TopicPartition>> in_pieces(std::vector<TopicPartition> all) {
  const std::size_t size = std::max(kPiece, (all.size() + kPieces - 1) / kPieces);
  std::vector<std::vector<TopicPartition>> pieces;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % size == 0) pieces.emplace_back();
    pieces.back().push_back(std::move(all[i]));
  }
  return pieces;
}

}  // namespace

Part part_of(const Context& context, BrokerId broker, const TopicPartition& tp) {
  const Partition* partition = context.partition(tp);
  if (partition == nullptr || !partition->leadership || context.being_deleted(tp.topic))
    return Part::kNone;
  const std::vector<BrokerId>& replicas = partition->assignment.replicas;
  if (replicas.size() < 2 || !contains(replicas, broker)) return Part::kNone;
  return partition->leadership->state.leader == broker ? Part::kLeads : Part::kFollows;
}

std::vector<TopicPartition> partitions(const Context& context, BrokerId broker, Part part) {
  std::vector<TopicPartition> found;
  for (Replica& replica : context.replicas_on({broker})) {
    if (part_of(context, broker, replica.partition) == part) {
      found.push_back(std::move(replica.partition));
    }
  }
  return found;
}

std::deque<Step> steps(const Context& context, BrokerId leaving) {
  std::deque<Step> all;
  for (auto& piece : in_pieces(partitions(context, leaving, Part::kLeads))) {
    all.push_back(MoveLeaders{piece});
    all.push_back(TellLeaving{std::move(piece)});
  }
  for (auto& piece : in_pieces(partitions(context, leaving, Part::kFollows))) {
    all.push_back(StopFollowing{piece});
    all.push_back(TellLeaders{std::move(piece)});
  }
  return all;
}

}  // namespace barnabas::controller::hand_over
