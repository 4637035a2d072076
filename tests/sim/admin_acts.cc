// What becomes of topics while records go through them.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "protocol/messages/alter_partition_reassignments.h"
#include "protocol/messages/create_partitions.h"
#include "protocol/messages/delete_records.h"
#include "protocol/messages/elect_leaders.h"
#include "tests/sim/admin.h"

namespace barnabas::simtest {

using env::Task;

namespace {

constexpr std::size_t kMostPartitions = 5;
constexpr Millis kBrokersPatience{1000};

}  // namespace

Task<void> Admin::act_often() {
  Client client(cluster_, "operator", options_.slower, report_);
  for (int i = 0; i < options_.acts;) {
    co_await client.pause(1500);
    const auto& all = topics_->partitions();
    if (all.empty()) continue;
    ++i;
    const TopicIdPartition any = all[client.random().below(all.size())];
    co_await act(&client, any);
  }
}

Task<void> Admin::act(Client* client, TopicIdPartition of) {
  const auto drawn = client->random().below(options_.replicated ? 14 : 4);
  if (drawn < 2) co_return co_await grow(client, of);
  if (drawn < 4) co_return co_await delete_records(client, of);
  if (drawn < 6) co_return co_await elect_preferred(client, of);
  if (drawn == 6) co_return elect_by_znode(of);
  if (drawn == 7) co_return move_by_znode(client, of);
  // Often the one that is on its way.
  if (last_moved_ && !topics_->is_gone(*last_moved_) && client->random().chance(60)) {
    of = *last_moved_;
  }
  last_moved_ = of;
  std::optional<Replicas> target;
  if (drawn > 9) target = any_replicas(client);
  co_await move(client, of, std::move(target));
}

void Admin::heard(const TopicIdPartition& of, const std::string& what, const std::string& answer) {
  cluster_->world().record(fmt::format("{} {}: {}", what, to_string(of), answer));
}

Task<void> Admin::grow(Client* client, TopicIdPartition of) {
  const std::size_t count = topics_->partitions_of(of.tp.topic).size() + 1;
  if (count > kMostPartitions) co_return;
  const auto controller = co_await client->find_controller();
  if (!controller) co_return;
  protocol::CreatePartitionsRequest request;
  request.timeout_ms = kBrokersPatience;
  request.topics.resize(1);
  request.topics[0].name = of.tp.topic;
  request.topics[0].assignments.reset();
  request.topics[0].count = static_cast<std::int32_t>(count);
  auto answer = co_await client->call(*controller, std::move(request), 3, Client::kTimeout);
  if (!answer) co_return heard(of, "grow", answer.error());
  const ErrorCode code = answer->body.results.at(0).error_code;
  heard(of, "grow", std::string(name(code)));
  if (code == ErrorCode::kNone) co_await learn(client, of.tp.topic, count);
}

Task<void> Admin::delete_records(Client* client, TopicIdPartition of) {
  const auto leader = co_await client->find_leader(of);
  if (!leader) co_return;
  const auto end = co_await client->offset_at(*leader, of, kLatest);
  if (!end || *end == 0 || topics_->is_gone(of)) co_return;
  const auto until =
      static_cast<std::int64_t>(client->random().below(static_cast<std::uint64_t>(*end)) + 1);
  protocol::DeleteRecordsRequest request;
  request.timeout_ms = kBrokersPatience;
  request.topics = {{of.tp.topic, {{of.tp.partition, Offset{until}}}}};
  checker_->deletes(of.tp, until);
  auto answer = co_await client->call(*leader, std::move(request), 2, Client::kTimeout);
  const std::string what = fmt::format("delete records below {} of", until);
  if (!answer) co_return heard(of, what, answer.error());
  heard(of, what, std::string(name(answer->body.topics.at(0).partitions.at(0).error_code)));
}

// Only preferred ones: an unclean one may lose what was promised.
Task<void> Admin::elect_preferred(Client* client, TopicIdPartition of) {
  const auto controller = co_await client->find_controller();
  if (!controller) co_return;
  protocol::ElectLeadersRequest request;
  request.timeout_ms = kBrokersPatience;
  request.topic_partitions.emplace();
  if (client->random().chance(50)) {
    request.topic_partitions->push_back({of.tp.topic, {of.tp.partition}});
  } else {
    request.topic_partitions.reset();
  }
  auto answer = co_await client->call(*controller, std::move(request), 2, Client::kTimeout);
  heard(of, "elect", answer ? std::string(name(answer->body.error_code)) : answer.error());
}

// Two to four brokers; less would be too few to go on.
Admin::Replicas Admin::any_replicas(Client* client) {
  Replicas all(cluster_->ids().begin(), cluster_->ids().end());
  for (std::size_t i = all.size() - 1; i > 0; --i) {
    std::swap(all[i], all[client->random().below(i + 1)]);
  }
  const std::size_t wanted = client->random().chance(70) ? 3 : 2 + 2 * client->random().below(2);
  all.resize(std::min(wanted, all.size()));
  return all;
}

// No target: what is under way is cancelled.
Task<void> Admin::move(Client* client, TopicIdPartition of, std::optional<Replicas> target) {
  const auto controller = co_await client->find_controller();
  if (!controller || topics_->is_gone(of)) co_return;
  protocol::AlterPartitionReassignmentsRequest request;
  request.timeout_ms = kBrokersPatience;
  request.topics.resize(1);
  request.topics[0].name = of.tp.topic;
  request.topics[0].partitions.resize(1);
  auto& one = request.topics[0].partitions[0];
  one.partition_index = of.tp.partition;
  if (target) {
    one.replicas.emplace();
    for (const int id : *target) one.replicas->push_back(BrokerId{id});
  }
  const std::string what = target ? fmt::format("move to {}", fmt::join(*target, ","))
                                  : std::string("cancel the move of");
  auto answer = co_await client->call(*controller, std::move(request), 0, Client::kTimeout);
  ErrorCode code = ErrorCode::kRequestTimedOut;
  if (answer) {
    code = answer->body.error_code;
    if (code == ErrorCode::kNone) {
      code = answer->body.responses.at(0).partitions.at(0).error_code;
    }
  }
  heard(of, what, answer ? std::string(name(code)) : answer.error());
  settle_move(of, std::move(target), code);
}

void Admin::settle_move(const TopicIdPartition& of, std::optional<Replicas> target,
                        ErrorCode code) {
  // A controller that has to go in the middle of it leaves to the next what it has begun.
  const bool in_doubt = code == ErrorCode::kRequestTimedOut ||
                        code == ErrorCode::kUnknownServerError || code == ErrorCode::kNotController;
  if (in_doubt) unsure_.insert(of.tp);
  if (code == ErrorCode::kNone) wanted_.erase(of);
  if (unsure_.contains(of.tp)) {
    wanted_.erase(of);
  } else if (code == ErrorCode::kNone && target && !topics_->is_gone(of)) {
    wanted_[of] = *std::move(target);
  }
}

// As old tools do; refused by ZooKeeper while there is one.
void Admin::move_by_znode(Client* client, const TopicIdPartition& of) {
  const Replicas target = any_replicas(client);
  unsure_.insert(of.tp);
  wanted_.erase(of);
  heard(of, fmt::format("by znode, move to {}", fmt::join(target, ",")), "");
  cluster_->zookeeper().operate(zk::Create{
      "/admin/reassign_partitions",
      fmt::format(
          R"({{"version":1,"partitions":[{{"topic":"{}","partition":{},"replicas":[{}]}}]}})",
          of.tp.topic, of.tp.partition.value, fmt::join(target, ","))});
}

void Admin::elect_by_znode(const TopicIdPartition& of) {
  heard(of, "by znode, elect", "");
  cluster_->zookeeper().operate(
      zk::Create{"/admin/preferred_replica_election",
                 fmt::format(R"({{"version":1,"partitions":[{{"topic":"{}","partition":{}}}]}})",
                             of.tp.topic, of.tp.partition.value)});
}

}  // namespace barnabas::simtest
