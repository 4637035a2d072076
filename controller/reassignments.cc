// Partitions that move: asked for by API, or found under way (facts 2.7).

#include <utility>

#include "controller/loggers.h"
#include "controller/role.h"
#include "env/log.h"
#include "zk/paths.h"

namespace barnabas::controller {
namespace {

std::vector<Replica> replicas_at(const TopicPartition& tp, const std::vector<BrokerId>& brokers) {
  std::vector<Replica> replicas;
  for (const BrokerId id : brokers) replicas.push_back({tp, id});
  return replicas;
}

// A later entry for the same partition counts.
std::map<TopicPartition, std::optional<std::vector<BrokerId>>> targets(
    const protocol::AlterPartitionReassignmentsRequest& request) {
  std::map<TopicPartition, std::optional<std::vector<BrokerId>>> found;
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions) {
      found.insert_or_assign({topic.name, partition.partition_index}, partition.replicas);
    }
  }
  return found;
}

protocol::AlterPartitionReassignmentsResponse to_response(
    const std::map<TopicPartition, AdminResult<void>>& results) {
  using Response = protocol::AlterPartitionReassignmentsResponse;
  Response response;
  for (const auto& [tp, result] : results) {
    if (response.responses.empty() || response.responses.back().name != tp.topic) {
      response.responses.push_back({tp.topic, {}});
    }
    Response::ReassignablePartitionResponse row;
    row.partition_index = tp.partition;
    row.error_message.reset();
    if (!result) {
      row.error_code = result.error().code;
      if (!result.error().message.empty()) row.error_message = result.error().message;
    }
    response.responses.back().partitions.push_back(std::move(row));
  }
  return response;
}

// Those of `partitions` that are under way, in the order of their names.
protocol::ListPartitionReassignmentsResponse list_reassignments(
    const Context& context, const std::vector<TopicPartition>& partitions) {
  using Response = protocol::ListPartitionReassignmentsResponse;
  Response response;
  for (const TopicPartition& tp : std::set(partitions.begin(), partitions.end())) {
    const Partition* partition = context.partition(tp);
    if (partition == nullptr || !partition->assignment.reassigning()) continue;
    if (response.topics.empty() || response.topics.back().name != tp.topic) {
      response.topics.push_back({tp.topic, {}});
    }
    const zk::PartitionAssignment& assignment = partition->assignment;
    response.topics.back().partitions.push_back(
        {tp.partition, assignment.replicas, assignment.adding, assignment.removing});
  }
  return response;
}

}  // namespace

// The last who asks wins: what an old tool wants of these partitions counts no more.
env::Task<void> Role::handle(events::AlterPartitionReassignments request) {
  std::map<TopicPartition, AdminResult<void>> results;
  std::map<TopicPartition, zk::PartitionAssignment> wanted;
  for (const auto& [tp, target] : targets(request.question)) {
    auto built = build_reassignment(context_, tp, target);
    if (built) {
      wanted.emplace(tp, *std::move(built));
    } else {
      results.emplace(tp, std::unexpected(built.error()));
    }
  }
  auto superseded = [&](const TopicPartition& tp, const auto&) { return wanted.contains(tp); };
  co_await strike_from_legacy_node(std::move(superseded));
  for (const auto& [tp, assignment] : wanted) {
    const bool done = co_await reassign(tp, assignment);
    results.emplace(tp, done ? AdminResult<void>{} : refuse(ErrorCode::kUnknownServerError, ""));
  }
  request.reply.answer(to_response(results));
}

env::Task<void> Role::handle(events::ListPartitionReassignments request) {
  const auto& asked = request.question.topics;
  std::vector<TopicPartition> partitions;
  if (!asked) partitions = context_.partitions_reassigning();
  using Topics = std::decay_t<decltype(*asked)>;
  for (const auto& topic : asked.value_or(Topics{})) {
    for (const PartitionIndex index : topic.partition_indexes) {
      partitions.push_back({topic.name, index});
    }
  }
  request.reply.answer(list_reassignments(context_, partitions));
  co_return;
}

// False: it could not be begun, or not be ended, for lack of a topic or state in ZooKeeper; what
// was written of it is found at the next chance to go on.
env::Task<bool> Role::reassign(TopicPartition tp, zk::PartitionAssignment wanted) {
  env::log_info(kControllerLog, "[Controller id={}] Reassigning partition {}",
                config_.broker_id.value, to_string(tp));
  auto begin = begin_reassignment(*context_.partition(tp), wanted);
  const bool begun = co_await carry_out(tp, std::move(begin));
  if (!begun) co_return false;
  const bool in_sync = co_await is_target_in_sync(tp);
  auto todo = in_sync ? complete_reassignment(context_, tp) : start_replicas(wanted);
  const bool done = co_await carry_out(tp, std::move(todo));
  if (!done || !in_sync) co_return done;
  env::log_info(kControllerLog, "[Controller id={}] Partition {} is reassigned",
                config_.broker_id.value, to_string(tp));
  co_return true;
}

env::Task<bool> Role::is_target_in_sync(TopicPartition tp) {
  if (!context_.partition(tp)->assignment.reassigning()) co_return true;
  std::vector<TopicPartition> asked{tp};
  const auto states = co_await store_.states(std::move(asked));
  const auto& now = states.front();
  co_return now&& is_complete(context_.partition(tp)->assignment, now->state.isr);
}

env::Task<bool> Role::carry_out(TopicPartition tp, std::vector<Step> todo) {
  for (Step& step : todo) {
    auto doing = std::visit([&](auto& s) { return carry_out(tp, std::move(s)); }, step);
    const bool done = co_await std::move(doing);
    if (!done) co_return false;
  }
  co_return true;
}

// Read, changed and written back under the version read: partitions that are being added at the
// same time, and keys that we do not know, stay.
env::Task<bool> Role::carry_out(TopicPartition tp, steps::WriteAssignment step) {
  const std::string path = zk::paths::topic(tp.topic);
  for (;;) {
    const auto node = co_await store_.get(path, false);
    if (!node) co_return false;
    auto topic = zk::TopicAssignment::decode(node->data.value_or(""));
    if (!topic) co_return false;
    topic->partitions[tp.partition] = step.assignment;
    std::vector<zk::MultiOp> ops;
    ops.push_back(zk::SetData{path, topic->encode(), node->stat.version});
    const auto results = co_await store_.write(std::move(ops));
    if (results.front()) co_return true;
    if (results.front().error() != zk::Error::kBadVersion) co_return false;
  }
}

env::Task<bool> Role::carry_out(TopicPartition tp, steps::Remember step) {
  context_.assign(tp, std::move(step.assignment));
  co_return true;
}

env::Task<bool> Role::carry_out(TopicPartition tp, steps::StopReplicas step) {
  auto replicas = replicas_at(tp, step.brokers);
  co_await stop_for_good(std::move(replicas));
  co_return true;
}

env::Task<void> Role::stop_for_good(std::vector<Replica> replicas) {
  using enum ReplicaState;
  for (const ReplicaState to : {kOffline, kDeletionStarted, kDeletionSuccessful, kNonExistent}) {
    co_await changes_.replicas(replicas, to);
  }
}

// Whoever stays is in sync, but may be away: then it will lead when it is back.
env::Task<bool> Role::carry_out(TopicPartition tp, steps::HandOver) {
  std::vector<TopicPartition> partition{std::move(tp)};
  co_await changes_.partitions(partition, PartitionState::kOffline);
  co_await changes_.partitions(std::move(partition), PartitionState::kOnline);
  co_return true;
}

env::Task<bool> Role::carry_out(TopicPartition tp, steps::RaiseEpoch) {
  co_return co_await changes_.raise_epoch(std::move(tp));
}

env::Task<bool> Role::carry_out(TopicPartition tp, steps::StartReplicas step) {
  auto replicas = replicas_at(tp, step.brokers);
  co_await changes_.replicas(std::move(replicas), ReplicaState::kNew);
  co_return true;
}

env::Task<bool> Role::carry_out(TopicPartition tp, steps::BringOnline step) {
  auto replicas = replicas_at(tp, step.brokers);
  co_await changes_.replicas(std::move(replicas), ReplicaState::kOnline);
  co_return true;
}

// Even if nobody can lead now: the target is in sync, whoever of it comes back will.
env::Task<bool> Role::carry_out(TopicPartition tp, steps::MoveLeader) {
  std::vector<TopicPartition> partition{std::move(tp)};
  co_await changes_.partitions(std::move(partition), PartitionState::kOnline,
                               Strategy::kReassignment);
  co_return true;
}

env::Task<bool> Role::carry_out(TopicPartition tp, steps::StrikeFromLegacyNode step) {
  auto done = [&](const TopicPartition& listed, const std::vector<BrokerId>& replicas) {
    return listed == tp && replicas == step.replicas;
  };
  co_await strike_from_legacy_node(std::move(done));
  co_return true;
}

env::Task<bool> Role::carry_out(TopicPartition tp, steps::UpdateMetadata) {
  changes_.update_metadata(context_.broker_ids(), {std::move(tp)});
  co_return true;
}

// The ISR of these has changed.
env::Task<void> Role::maybe_complete_reassignments(std::vector<TopicPartition> partitions) {
  for (TopicPartition& tp : partitions) {
    const Partition* partition = context_.partition(tp);
    if (partition == nullptr || !partition->assignment.reassigning()) continue;
    if (context_.being_deleted(tp.topic)) continue;
    const bool in_sync = co_await is_target_in_sync(tp);
    if (!in_sync) continue;
    auto assignment = context_.partition(tp)->assignment;
    co_await reassign(std::move(tp), std::move(assignment));
  }
}

// Not of a topic that is to be deleted: the one would start the replicas that the other takes away.
env::Task<void> Role::resume_reassignments(std::vector<TopicPartition> partitions) {
  for (TopicPartition& tp : partitions) {
    if (context_.being_deleted(tp.topic)) continue;
    auto assignment = context_.partition(tp)->assignment;
    co_await reassign(std::move(tp), std::move(assignment));
  }
}

}  // namespace barnabas::controller
