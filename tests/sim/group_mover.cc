#include "tests/sim/group_mover.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <vector>

#include "protocol/messages/alter_partition_reassignments.h"
#include "protocol/messages/elect_leaders.h"
#include "tests/sim/group_calls.h"

namespace barnabas::simtest {

using env::Task;

namespace {

constexpr int kBetweenMovesMs = 3000;
constexpr std::size_t kReplicas = 3;

// In any order: the first one is to lead.
std::vector<int> any_replicas(Client* client, std::vector<int> brokers) {
  for (std::size_t i = brokers.size() - 1; i > 0; --i) {
    std::swap(brokers[i], brokers[client->random().below(i + 1)]);
  }
  brokers.resize(kReplicas);
  return brokers;
}

}  // namespace

Task<void> GroupMover::move_often() {
  Client client(cluster_, "mover", 1, report_);
  while (!is_enough_) {
    co_await client.pause(kBetweenMovesMs);
    if (is_enough_) break;
    const int partition = static_cast<int>(client.random().below(kOffsetsPartitions));
    if (client.random().chance(60)) {
      co_await move(&client, partition);
    } else {
      co_await elect_preferred(&client, partition);
    }
  }
}

// One in five takes back what is under way.
Task<void> GroupMover::move(Client* client, int partition) {
  const auto controller = co_await client->find_controller();
  if (!controller) co_return;
  protocol::AlterPartitionReassignmentsRequest request;
  request.timeout_ms = Millis{1000};
  auto& topic = request.topics.emplace_back();
  topic.name = kOffsetsTopic;
  auto& one = topic.partitions.emplace_back();
  one.partition_index = PartitionIndex{partition};
  std::string what = fmt::format("cancel the move of {}-{}", kOffsetsTopic, partition);
  one.replicas.reset();
  if (client->random().chance(80)) {
    const auto target = any_replicas(client, cluster_->ids());
    what = fmt::format("move {}-{} to {}", kOffsetsTopic, partition, fmt::join(target, ","));
    one.replicas.emplace();
    for (const int id : target) one.replicas->push_back(BrokerId{id});
  }
  cluster_->world().record(what);
  const auto answer = co_await client->call(*controller, std::move(request), 0, Client::kTimeout);
  if (!answer) cluster_->world().record(what + ": " + answer.error());
}

Task<void> GroupMover::elect_preferred(Client* client, int partition) {
  const auto controller = co_await client->find_controller();
  if (!controller) co_return;
  protocol::ElectLeadersRequest request;
  request.timeout_ms = Millis{1000};
  request.topic_partitions.emplace();
  request.topic_partitions->push_back({kOffsetsTopic, {PartitionIndex{partition}}});
  cluster_->world().record(fmt::format("elect for {}-{}", kOffsetsTopic, partition));
  const auto answer = co_await client->call(*controller, std::move(request), 2, Client::kTimeout);
  if (!answer) cluster_->world().record("elect: " + answer.error());
}

}  // namespace barnabas::simtest
