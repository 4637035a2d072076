// ControlledShutdown: a broker is about to stop and wants to lead nothing when it does.

#include <utility>
#include <vector>

#include "controller/loggers.h"
#include "controller/role.h"
#include "env/log.h"

namespace barnabas::controller {
namespace {

constexpr BrokerEpoch kUnknownEpoch{-1};  // before version 2 nobody said
constexpr std::size_t kPiece = 64;        // partitions

// In order, kPiece in each but the last.
template <class T>
std::vector<std::vector<T>> in_pieces(std::vector<T> all) {
  std::vector<std::vector<T>> pieces;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % kPiece == 0) pieces.emplace_back();
    pieces.back().push_back(std::move(all[i]));
  }
  return pieces;
}

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

// Each partition is without its leader or one of its followers only while its own piece is written
// and sent, however many there are: producers with acks=all wait that long.
env::Task<void> Role::hand_over(ShutdownPlan plan) {
  auto led = in_pieces(std::move(plan.led));
  for (auto& piece : led) {
    co_await changes_.partitions(std::move(piece), PartitionState::kOnline,
                                 Strategy::kControlledShutdown);
  }
  // The broker is told to stop following before the leaders hear that it is out of their ISRs, so
  // that none of them wants it back.
  auto followed = in_pieces(std::move(plan.followed));
  for (auto& piece : followed) {
    changes_.stop_replicas(piece);
    co_await changes_.replicas(std::move(piece), ReplicaState::kOffline);
  }
}

env::Task<void> Role::handle(events::ControlledShutdown request) {
  protocol::ControlledShutdownResponse response;
  response.error_code = check(context_, request.question);
  if (response.error_code == ErrorCode::kNone) {
    const BrokerId id = request.question.broker_id;
    env::log_info(kControllerLog, "[Controller id={}] Shutting down broker {}",
                  config_.broker_id.value, id.value);
    context_.mark_shutting_down(id);
    ShutdownPlan plan = plan_shutdown(context_, id);
    co_await hand_over(std::move(plan));
    for (TopicPartition& tp : plan_shutdown(context_, id).led) {
      response.remaining_partitions.push_back({std::move(tp.topic), tp.partition});
    }
  }
  request.reply.answer(std::move(response));
}

}  // namespace barnabas::controller
