#include "controller/isr_proposal.h"

#include <algorithm>
#include <utility>

namespace barnabas::controller {
namespace {

constexpr std::int16_t kTopicIds = 2;
constexpr std::int16_t kBrokerEpochs = 3;

using Request = protocol::AlterPartitionRequest;
using Response = protocol::AlterPartitionResponse;

std::vector<BrokerId> isr_of(std::int16_t version, const Request::PartitionData& partition) {
  if (version < kBrokerEpochs) return partition.new_isr;
  std::vector<BrokerId> isr;
  for (const auto& member : partition.new_isr_with_epochs) isr.push_back(member.broker_id);
  return isr;
}

bool is_the_same(const zk::PartitionState& wanted, const zk::PartitionState& now) {
  return wanted.leader == now.leader && wanted.leader_epoch == now.leader_epoch &&
         wanted.isr == now.isr && wanted.recovering == now.recovering;
}

// What no leader in its right mind asks for.
bool is_nonsense(const IsrProposal& proposal, const Partition& partition) {
  const zk::PartitionState& now = partition.leadership->state;
  const zk::PartitionState& wanted = proposal.state;
  if (wanted.recovering && (wanted.isr.size() > 1 || !now.recovering)) return true;
  if (wanted.leader != now.leader || !contains(wanted.isr, wanted.leader)) return true;
  return !std::ranges::all_of(
      wanted.isr, [&](BrokerId id) { return contains(partition.assignment.replicas, id); });
}

ErrorCode check(const Context& context, std::int16_t version, const IsrProposal& proposal) {
  if (proposal.partition.topic.empty()) return ErrorCode::kUnknownTopicId;
  const Partition* partition = context.partition(proposal.partition);
  if (partition == nullptr || !partition->leadership) return ErrorCode::kUnknownTopicOrPartition;
  const LeaderAndIsr& now = *partition->leadership;
  // The leader knows more than we do: we are controller no longer.
  if (proposal.partition_epoch > now.partition_epoch ||
      proposal.state.leader_epoch > now.state.leader_epoch) {
    return ErrorCode::kNotController;
  }
  if (proposal.state.leader_epoch < now.state.leader_epoch) return ErrorCode::kFencedLeaderEpoch;
  // Before the partition epoch is looked at: the answer to an earlier try may have been lost.
  if (is_the_same(proposal.state, now.state)) return ErrorCode::kNone;
  if (proposal.partition_epoch < now.partition_epoch) return ErrorCode::kInvalidUpdateVersion;
  if (is_nonsense(proposal, *partition)) return ErrorCode::kInvalidRequest;
  const bool all_live =
      std::ranges::all_of(proposal.state.isr, [&](BrokerId id) { return context.is_live(id); });
  if (all_live) return ErrorCode::kNone;
  return version < kTopicIds ? ErrorCode::kOperationNotAttempted : ErrorCode::kIneligibleReplica;
}

}  // namespace

std::vector<IsrProposal> proposals(const Context& context, std::int16_t version,
                                   const Request& request) {
  std::vector<IsrProposal> all;
  for (const auto& topic : request.topics) {
    const std::string* known = context.topic_name(topic.topic_id);
    const std::string by_id = known == nullptr ? "" : *known;
    for (const auto& partition : topic.partitions) {
      IsrProposal proposal;
      proposal.partition = {version < kTopicIds ? topic.topic_name : by_id,
                            partition.partition_index};
      proposal.topic_id = topic.topic_id;
      proposal.state.leader = request.broker_id;
      proposal.state.leader_epoch = partition.leader_epoch;
      proposal.state.isr = isr_of(version, partition);
      proposal.state.recovering = partition.leader_recovery_state == 1;
      proposal.partition_epoch = partition.partition_epoch;
      all.push_back(std::move(proposal));
    }
  }
  return all;
}

bool judge(const Context& context, std::int16_t version, IsrProposal& proposal) {
  proposal.error = check(context, version, proposal);
  if (proposal.error != ErrorCode::kNone) return false;
  proposal.now = *context.partition(proposal.partition)->leadership;
  return !is_the_same(proposal.state, proposal.now.state);
}

Response answer(const std::vector<IsrProposal>& proposals) {
  Response response;
  for (const IsrProposal& proposal : proposals) {
    const auto same_topic = [&](const auto& topic) {
      return topic.topic_id == proposal.topic_id && topic.topic_name == proposal.partition.topic;
    };
    if (response.topics.empty() || !same_topic(response.topics.back())) {
      Response::TopicData topic;
      topic.topic_name = proposal.partition.topic;
      topic.topic_id = proposal.topic_id;
      response.topics.push_back(std::move(topic));
    }
    Response::PartitionData row;
    row.partition_index = proposal.partition.partition;
    row.error_code = proposal.error;
    if (proposal.error == ErrorCode::kNone) {
      row.leader_id = proposal.now.state.leader;
      row.leader_epoch = proposal.now.state.leader_epoch;
      row.isr = proposal.now.state.isr;
      row.leader_recovery_state = proposal.now.state.recovering ? 1 : 0;
      row.partition_epoch = proposal.now.partition_epoch;
    }
    response.topics.back().partitions.push_back(std::move(row));
  }
  return response;
}

}  // namespace barnabas::controller
