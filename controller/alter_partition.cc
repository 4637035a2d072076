// AlterPartition: a leader has changed its ISR, or is done recovering, and wants it in ZooKeeper.

#include <algorithm>
#include <utility>

#include "controller/isr_proposal.h"
#include "controller/loggers.h"
#include "controller/role.h"
#include "env/log.h"
#include "zk/paths.h"

namespace barnabas::controller {
namespace {

// Of one term and one leader epoch only that leader and we write: this is what we meant to write,
// and the reply to our first try was lost.
bool is_ours(const IsrProposal& proposal, const LeaderAndIsr& found) {
  return found.state == proposal.state &&
         found.partition_epoch.value == proposal.partition_epoch.value + 1;
}

}  // namespace

env::Task<void> Role::handle(events::AlterPartition request) {
  const std::int16_t version = request.question.version;
  const auto& body = request.question.body;
  const LiveBroker* broker = context_.broker(body.broker_id);
  if (broker == nullptr || broker->epoch != body.broker_epoch) {
    env::log_info(kControllerLog,
                  "[Controller id={}] Ignoring AlterPartition request of broker {} with epoch {}, "
                  "which is not registered",
                  config_.broker_id.value, body.broker_id.value, body.broker_epoch.value);
    protocol::AlterPartitionResponse response;
    response.error_code = ErrorCode::kStaleBrokerEpoch;
    request.reply.answer(std::move(response));
    co_return;
  }
  auto asked = proposals(context_, version, body);
  std::vector<IsrProposal*> accepted;
  std::vector<TopicPartition> mentioned;
  for (IsrProposal& proposal : asked) {
    if (judge(context_, version, proposal)) accepted.push_back(&proposal);
    if (context_.partition(proposal.partition)) mentioned.push_back(proposal.partition);
  }
  co_await write_isrs(std::move(accepted));
  changes_.update_metadata(context_.broker_ids(), mentioned);
  request.reply.answer(answer(asked));
  co_await maybe_complete_reassignments(std::move(mentioned));
}

// The leader epoch stays: whoever leads goes on leading.
env::Task<void> Role::write_isrs(std::vector<IsrProposal*> accepted) {
  std::vector<zk::MultiOp> ops;
  for (IsrProposal* proposal : accepted) {
    proposal->state.controller_epoch = term_.epoch;
    ops.push_back(zk::SetData{zk::paths::partition_state(proposal->partition),
                              proposal->state.encode(), proposal->partition_epoch.value});
  }
  const auto results = co_await store_.write(std::move(ops));
  std::vector<IsrProposal*> overtaken;
  for (std::size_t i = 0; i < results.size(); ++i) {
    IsrProposal* proposal = accepted[i];
    if (results[i]) {
      isr_written(proposal, {proposal->state, PartitionEpoch{results[i]->version}});
    } else if (results[i].error() == zk::Error::kBadVersion) {
      overtaken.push_back(proposal);
    } else {
      proposal->error = ErrorCode::kUnknownTopicOrPartition;  // it has just been deleted
    }
  }
  if (!overtaken.empty()) co_await reconsider(std::move(overtaken));
}

// Somebody wrote the state before us; whoever it was, from now on we know what it says.
env::Task<void> Role::reconsider(std::vector<IsrProposal*> overtaken) {
  std::vector<TopicPartition> partitions;
  for (const IsrProposal* proposal : overtaken) partitions.push_back(proposal->partition);
  auto found = co_await store_.states(std::move(partitions));
  for (std::size_t i = 0; i < overtaken.size(); ++i) {
    IsrProposal* proposal = overtaken[i];
    proposal->error = ErrorCode::kInvalidUpdateVersion;
    if (!found[i]) continue;
    if (is_ours(*proposal, *found[i])) {
      proposal->error = ErrorCode::kNone;
      isr_written(proposal, *std::move(found[i]));
    } else {
      context_.partition(proposal->partition)->leadership = *std::move(found[i]);
    }
  }
}

void Role::isr_written(IsrProposal* proposal, LeaderAndIsr now) {
  env::log_debug(kControllerLog, "[Controller id={}] ISR of partition {} has {} members now",
                 config_.broker_id.value, to_string(proposal->partition), now.state.isr.size());
  proposal->now = now;
  context_.partition(proposal->partition)->leadership = std::move(now);
}

}  // namespace barnabas::controller
