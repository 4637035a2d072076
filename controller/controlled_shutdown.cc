// ControlledShutdown: a broker is about to stop and wants to lead nothing when it does.
//
// Each step of it (hand_over.h) is an event of its own, put into the queue when the brokers have
// answered what the step before told them, so nobody else's event waits for a slow broker. Whoever
// asks while another broker is leaving has its turn afterwards.

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
// For brokers that are slow: with each of them, and in all; then nobody is waited for any more.
constexpr env::Duration kPatience = std::chrono::seconds(1);
constexpr env::Duration kPatienceInAll = std::chrono::seconds(5);

ErrorCode check(const Context& context, const protocol::ControlledShutdownRequest& request) {
  const LiveBroker* broker = context.broker(request.broker_id);
  const bool has_epoch = request.broker_epoch != kUnknownEpoch;
  if (broker == nullptr) {  // Kafka fails while it looks for the epoch to compare with
    return has_epoch ? ErrorCode::kUnknownServerError : ErrorCode::kBrokerNotAvailable;
  }
  const bool stale = has_epoch && request.broker_epoch < broker->epoch;
  return stale ? ErrorCode::kStaleBrokerEpoch : ErrorCode::kNone;
}

template <class Body>
bool is(const Outgoing& request) {
  return std::holds_alternative<Body>(*request.body);
}

// Those in which it has that part still.
std::vector<TopicPartition> still(const Context& context, BrokerId leaving, hand_over::Part part,
                                  std::vector<TopicPartition> partitions) {
  std::erase_if(partitions, [&](const TopicPartition& tp) {
    return hand_over::part_of(context, leaving, tp) != part;
  });
  return partitions;
}

// What is so by now, told to everybody: what was told meanwhile is repeated, not taken back.
std::vector<Outgoing> news_for(const Context& context, const std::vector<TopicPartition>& about,
                               const std::function<bool(BrokerId)>& is_for) {
  RequestBatch batch(context);
  for (const TopicPartition& tp : about) {
    const Partition* partition = context.partition(tp);
    if (partition == nullptr || !partition->leadership || context.being_deleted(tp.topic)) continue;
    std::vector<BrokerId> replicas = partition->assignment.replicas;
    std::erase_if(replicas, [&](BrokerId id) { return !is_for(id); });
    batch.add_leader_and_isr(replicas, tp, *partition, false);
  }
  return batch.finish();
}

}  // namespace

// While it lives, requests are not sent but kept in it.
class Role::Kept {
 public:
  explicit Kept(Role* role) : role_(role) { role_->kept_ = &requests; }
  ~Kept() { role_->kept_ = nullptr; }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  std::vector<Outgoing> requests;

 private:
  Role* const role_;
};

env::Task<std::vector<Outgoing>> Role::take(BrokerId leaving, hand_over::MoveLeaders step) {
  auto led = still(context_, leaving, hand_over::Part::kLeads, std::move(step.partitions));
  Kept kept(this);
  co_await changes_.partitions(std::move(led), PartitionState::kOnline,
                               Strategy::kControlledShutdown);
  std::erase_if(kept.requests, [&](const Outgoing& request) { return request.to == leaving; });
  co_return std::move(kept.requests);
}

env::Task<std::vector<Outgoing>> Role::take(BrokerId leaving, hand_over::TellLeaving step) {
  auto requests = news_for(context_, step.partitions, [&](BrokerId id) { return id == leaving; });
  std::erase_if(requests, [&](const Outgoing& request) { return request.to != leaving; });
  std::ranges::sort(requests, std::greater{}, is<SendUpdateMetadata>);
  co_return requests;
}

env::Task<std::vector<Outgoing>> Role::take(BrokerId leaving, hand_over::StopFollowing step) {
  std::vector<Replica> followed;
  for (TopicPartition& tp :
       still(context_, leaving, hand_over::Part::kFollows, std::move(step.partitions))) {
    followed.push_back({std::move(tp), leaving});
  }
  Kept kept(this);
  co_await changes_.replicas(std::move(followed), ReplicaState::kOffline);
  std::erase_if(kept.requests, std::not_fn(is<SendStopReplica>));
  co_return std::move(kept.requests);
}

env::Task<std::vector<Outgoing>> Role::take(BrokerId leaving, hand_over::TellLeaders step) {
  co_return news_for(context_, step.partitions, [&](BrokerId id) { return id != leaving; });
}

// Each broker's requests hold its receipt, and all receipts the one that puts the next event into
// the queue: when everybody has answered, or was given up. Else it comes when patience is over.
void Role::send_and_go_on(std::vector<Outgoing> requests, Shutdown* shutdown) {
  auto go_on = [post = ports_.post, due = events::HandOverDue{term_.epoch, ++hand_over_step_}] {
    post(due);
  };
  const auto all = std::make_shared<const Receipt>(go_on);
  std::map<BrokerId, std::shared_ptr<const Receipt>> receipts;
  const env::Duration patience = std::min(kPatience, shutdown->patience);
  for (Outgoing& request : requests) {
    const bool waits = patience > env::Duration::zero() && !shutdown->slow.contains(request.to);
    if (!waits) continue;
    auto& receipt = receipts[request.to];
    if (!receipt) receipt = std::make_shared<const Receipt>([all] {});
    request.receipt = receipt;
  }
  env::Clock& clock = *ports_.sender.clock;
  shutdown->sent_at = clock.now();
  shutdown->owing = {receipts.begin(), receipts.end()};
  if (!receipts.empty())
    shutdown->too_long = clock.after(ports_.sender.executor, patience, std::move(go_on));
  send(std::move(requests));
}

// Whoever was waited for in vain is waited for no more.
void Role::reckon(Shutdown* shutdown) const {
  const env::Duration waited = ports_.sender.clock->now() - shutdown->sent_at;
  for (const auto& [broker, receipt] : shutdown->owing) {
    if (!receipt.expired()) shutdown->slow.insert(broker);
  }
  shutdown->patience = std::max(env::Duration::zero(), shutdown->patience - waited);
}

void Role::begin(Shutdown* shutdown) {
  const BrokerId leaving = shutdown->request.question.broker_id;
  env::log_info(kControllerLog, "[Controller id={}] Shutting down broker {}",
                config_.broker_id.value, leaving.value);
  context_.mark_shutting_down(leaving);
  shutdown->steps = hand_over::steps(context_, leaving);
  shutdown->patience = kPatienceInAll;
  shutdown->begun = true;
}

void Role::end(Shutdown shutdown, ErrorCode error) {
  protocol::ControlledShutdownResponse response;
  response.error_code = error;
  const BrokerId leaving = shutdown.request.question.broker_id;
  if (error == ErrorCode::kNone) {
    for (auto& tp : hand_over::partitions(context_, leaving, hand_over::Part::kLeads)) {
      response.remaining_partitions.push_back({std::move(tp.topic), tp.partition});
    }
  }
  shutdown.request.reply.answer(std::move(response));
}

// The next step of whoever is first. A broker that dies before its last one is out of the ISRs, and
// everybody told, by the same event that says so.
env::Task<void> Role::hand_over_next() {
  while (!shutdowns_.empty()) {
    Shutdown& first = shutdowns_.front();
    const BrokerId leaving = first.request.question.broker_id;
    ErrorCode error = check(context_, first.request.question);
    const bool again = first.begun && !context_.shutting_down().contains(leaving);
    if (error == ErrorCode::kNone && again) error = ErrorCode::kBrokerNotAvailable;
    if (error == ErrorCode::kNone && !first.begun) begin(&first);
    if (error != ErrorCode::kNone || first.steps.empty()) {
      Shutdown done = std::move(first);
      shutdowns_.pop_front();
      end(std::move(done), error);
      continue;
    }
    auto step = std::move(first.steps.front());
    first.steps.pop_front();
    auto taken = std::visit([&](auto& present) { return take(leaving, std::move(present)); }, step);
    auto requests = co_await std::move(taken);
    if (requests.empty()) continue;
    send_and_go_on(std::move(requests), &first);
    co_return;
  }
}

env::Task<void> Role::handle(events::ControlledShutdown request) {
  if (shutdowns_.size() == Controller::kMaxRequests) co_return;
  shutdowns_.push_back({.request = std::move(request)});
  if (shutdowns_.size() == 1) co_await hand_over_next();
}

env::Task<void> Role::handle(events::HandOverDue due) {
  const bool current = due.term == term_.epoch && due.step == hand_over_step_;
  if (!current || shutdowns_.empty()) co_return;
  reckon(&shutdowns_.front());
  ++hand_over_step_;
  co_await hand_over_next();
}

}  // namespace barnabas::controller
