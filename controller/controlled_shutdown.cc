// ControlledShutdown: a broker is about to stop and wants to lead nothing when it does.

#include <utility>

#include "controller/loggers.h"
#include "controller/role.h"
#include "controller/shutdown_plan.h"
#include "env/log.h"

namespace barnabas::controller {
namespace {

constexpr BrokerEpoch kUnknownEpoch{-1};  // before version 2 nobody said

ErrorCode check(const Context& context, const protocol::ControlledShutdownRequest& request) {
  const LiveBroker* broker = context.broker(request.broker_id);
  const bool has_epoch = request.broker_epoch != kUnknownEpoch;
  if (broker == nullptr) {  // Kafka fails while it looks for the epoch to compare with
    return has_epoch ? ErrorCode::kUnknownServerError : ErrorCode::kBrokerNotAvailable;
  }
  const bool stale = has_epoch && request.broker_epoch < broker->epoch;
  return stale ? ErrorCode::kStaleBrokerEpoch : ErrorCode::kNone;
}

}  // namespace

// The broker is told to stop following before the leaders hear that it is out of their ISRs, so
// that none of them wants it back.
env::Task<void> Role::handle(events::ControlledShutdown request) {
  protocol::ControlledShutdownResponse response;
  response.error_code = check(context_, request.question);
  if (response.error_code == ErrorCode::kNone) {
    const BrokerId id = request.question.broker_id;
    env::log_info(kControllerLog, "[Controller id={}] Shutting down broker {}",
                  config_.broker_id.value, id.value);
    context_.mark_shutting_down(id);
    ShutdownPlan plan = plan_shutdown(context_, id);
    co_await changes_.partitions(std::move(plan.led), PartitionState::kOnline,
                                 Strategy::kControlledShutdown);
    changes_.stop_replicas(plan.followed);
    co_await changes_.replicas(std::move(plan.followed), ReplicaState::kOffline);
    for (TopicPartition& tp : plan_shutdown(context_, id).led) {
      response.remaining_partitions.push_back({std::move(tp.topic), tp.partition});
    }
  }
  request.reply.answer(std::move(response));
}

}  // namespace barnabas::controller
