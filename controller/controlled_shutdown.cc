// ControlledShutdown: a broker is about to stop and wants to lead nothing when it does. The steps
// are Kafka's; unlike there, they are taken for a few partitions at a time, and each waits until
// the brokers have taken the one before.

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "controller/loggers.h"
#include "controller/role.h"
#include "env/log.h"

namespace barnabas::controller {
namespace {

constexpr BrokerEpoch kUnknownEpoch{-1};  // before version 2 nobody said
constexpr std::size_t kPiece = 16;        // partitions; where there are many,
constexpr std::size_t kPieces = 64;       // so many pieces of them
// For brokers that are slow. Longer than that, and nobody is waited for any more.
constexpr env::Duration kPatience = std::chrono::seconds(1);

// In order, equal but for the last.
template <class T>
std::vector<std::vector<T>> in_pieces(std::vector<T> all) {
  const std::size_t size = std::max(kPiece, (all.size() + kPieces - 1) / kPieces);
  std::vector<std::vector<T>> pieces;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % size == 0) pieces.emplace_back();
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

using Stages = std::vector<std::vector<Outgoing>>;

template <class Body>
bool is(const Outgoing& request) {
  return std::holds_alternative<Body>(*request.body);
}

// In two stages: those for which `is_first` holds, the others.
template <class IsFirst>
Stages in_two(std::vector<Outgoing> requests, IsFirst is_first) {
  Stages stages(2);
  for (Outgoing& request : requests) {
    const std::size_t stage = is_first(request) ? 0 : 1;
    stages[stage].push_back(std::move(request));
  }
  return stages;
}

Stages leaving_broker_last(BrokerId leaving, std::vector<Outgoing> requests) {
  auto stages =
      in_two(std::move(requests), [&](const Outgoing& request) { return request.to != leaving; });
  std::ranges::sort(stages.back(), std::greater{}, is<SendUpdateMetadata>);
  return stages;
}

Stages stop_replica_first(std::vector<Outgoing> requests) {
  return in_two(std::move(requests), is<SendStopReplica>);
}

}  // namespace

// Each partition is without its leader or one of its followers only while its own piece is sent,
// however many there are: producers wait that long. So the brokers keep pace with us: the next
// piece is begun when they have all answered.
env::Task<void> Role::hand_over(BrokerId leaving, ShutdownPlan plan) {
  bool in_time = true;
  auto led = in_pieces(std::move(plan.led));
  for (auto& piece : led) {
    std::vector<Outgoing> requests;
    held_ = &requests;
    co_await changes_.partitions(std::move(piece), PartitionState::kOnline,
                                 Strategy::kControlledShutdown);
    held_ = nullptr;
    // The broker refuses producers when the others are ready for them, and knows by then whom to
    // name.
    auto stages = leaving_broker_last(leaving, std::move(requests));
    co_await send_in_stages(std::move(stages), &in_time);
  }
  auto followed = in_pieces(std::move(plan.followed));
  for (auto& piece : followed) {
    std::vector<Outgoing> requests;
    held_ = &requests;
    co_await changes_.replicas(std::move(piece), ReplicaState::kOffline);
    held_ = nullptr;
    // The broker stops following before the leaders hear that it is out of their ISRs, so that none
    // of them wants it back.
    auto stages = stop_replica_first(std::move(requests));
    co_await send_in_stages(std::move(stages), &in_time);
  }
}

env::Task<void> Role::send_in_stages(std::vector<std::vector<Outgoing>> stages, bool* in_time) {
  for (auto& stage : stages) {
    send(std::move(stage));
    if (*in_time) *in_time = co_await all_answered(kPatience);
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
    co_await hand_over(id, std::move(plan));
    for (TopicPartition& tp : plan_shutdown(context_, id).led) {
      response.remaining_partitions.push_back({std::move(tp.topic), tp.partition});
    }
  }
  request.reply.answer(std::move(response));
}

}  // namespace barnabas::controller
