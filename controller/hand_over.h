// What has to move before a broker may stop without anybody noticing, and in which steps; pure.
//
// Only partitions that have another replica, and none of a topic that is being deleted. Kafka does
// all of it at once. Here each partition is without its leader or one of its followers only while
// its own piece is under way, however many there are: producers wait that long.
// Kafka       controller.KafkaController.doControlledShutdown (facts 2.7).
#pragma once

#include <deque>
#include <variant>
#include <vector>

#include "controller/context.h"

namespace barnabas::controller::hand_over {

enum class Part { kNone, kLeads, kFollows };
// None: nothing of it has to move.
Part part_of(const Context& context, BrokerId broker, const TopicPartition& tp);
// All in which it has that part.
std::vector<TopicPartition> partitions(const Context& context, BrokerId broker, Part part);

// They get other leaders; these and everybody's metadata are told, but for the broker that leaves.
struct MoveLeaders {
  std::vector<TopicPartition> partitions;
};
// That broker refuses producers when the others are ready for them, and knows by then whom to name.
struct TellLeaving {
  std::vector<TopicPartition> partitions;
};
// It is out of the ISRs, and stops following before the leaders hear of it, so that none of them
// wants it back.
struct StopFollowing {
  std::vector<TopicPartition> partitions;
};
struct TellLeaders {
  std::vector<TopicPartition> partitions;
};
using Step = std::variant<MoveLeaders, TellLeaving, StopFollowing, TellLeaders>;

// In their order, each to be taken when the brokers have heard of the one before. What happens
// meanwhile is not in them: who takes a step looks again.
std::deque<Step> steps(const Context& context, BrokerId leaving);

}  // namespace barnabas::controller::hand_over
