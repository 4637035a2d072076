#include "controller/controller.h"

#include <atomic>
#include <deque>
#include <utility>

#include "controller/election.h"
#include "controller/events.h"
#include "controller/loggers.h"
#include "controller/role.h"
#include "env/log.h"
#include "env/spawn.h"
#include "zk/paths.h"

namespace barnabas::controller {

class Controller::Impl : public std::enable_shared_from_this<Controller::Impl> {
 public:
  Impl(ControllerConfig config, zk::Client& client, env::Network& network, env::Clock& clock,
       env::Executor executor, env::Random& random)
      : config_(std::move(config)),
        client_(client),
        network_(network),
        clock_(clock),
        executor_(std::move(executor)),
        random_(random) {
    unclean_by_default = config_.unclean_leader_election;
  }

  void start();
  env::Task<void> stop();
  env::Task<void> put_and_wait(Event event);
  void put(Event event);
  template <class Request>
  env::Task<typename Request::Answer> ask(typename Request::Question question,
                                          typename Request::Answer if_dropped);
  // Before the end of a term: what is waiting is dropped, whoever waits for it is told it is over,
  // and what is being handled waits for nobody any more.
  void drop_all();
  env::Task<void> idle();

  const ControllerConfig& config() const { return config_; }
  std::atomic<std::int32_t> active{kNoBroker.value};
  std::atomic<std::int32_t> epoch{0};
  std::atomic<std::int64_t> broker_epoch{-1};
  std::atomic<std::uint64_t> unclean_elections{0};
  std::atomic<bool> unclean_by_default{false};
  std::function<void(BrokerId)> changed;

 private:
  void clear();

  struct Queued {
    Event event;
    env::Signal done;
  };

  env::Task<void> run();
  env::Task<void> process(Event event);
  env::Task<void> handle(events::Startup event);
  env::Task<void> handle(events::Reelect event);
  env::Task<void> handle(events::ControllerChanged event);
  env::Task<void> handle(events::Expire event);
  env::Task<void> handle(events::Shutdown event);
  env::Task<void> handle(RoleEvent event);
  env::Task<void> handle(RoleRequest request);

  env::Task<void> elect();
  env::Task<BrokerId> observe();
  void set_active(BrokerId id);
  void resign();
  env::Task<void> role_lost(RoleLost lost);
  env::Task<void> give_up_node();
  RolePorts ports();
  void watch_controller();

  ControllerConfig config_;
  zk::Client& client_;
  env::Network& network_;
  env::Clock& clock_;
  env::Executor executor_;
  env::Random& random_;
  env::Gate gate_;
  std::deque<Queued> queue_;
  std::size_t requests_ = 0;  // of the queued
  env::Signal mail_;          // of the present wait
  std::vector<env::Signal> idlers_;
  bool busy_ = false;
  bool started_ = false;
  bool stopping_ = false;
  std::unique_ptr<Role> role_;
};

void Controller::Impl::start() {
  if (std::exchange(started_, true)) return;
  watch_controller();
  gate_.spawn(executor_, run());
}

env::Task<void> Controller::Impl::stop() {
  if (started_ && !stopping_) {
    drop_all();
    co_await put_and_wait(events::Shutdown{});
    client_.unwatch_path(zk::paths::kController);
  }
  gate_.close();
  co_await gate_.wait();
}

void Controller::Impl::put(Event event) {
  if (!started_ || stopping_) return;
  requests_ += std::holds_alternative<RoleRequest>(event);
  queue_.push_back({std::move(event), {}});
  mail_.set();
}

env::Task<void> Controller::Impl::put_and_wait(Event event) {
  if (!started_ || stopping_) co_return;
  put(std::move(event));
  const env::Signal done = queue_.back().done;
  co_await done.wait();
}

template <class Request>
env::Task<typename Request::Answer> Controller::Impl::ask(typename Request::Question question,
                                                          typename Request::Answer if_dropped) {
  if (requests_ == kMaxRequests) co_return if_dropped;
  Request request{{std::move(question), Reply<typename Request::Answer>(std::move(if_dropped))}};
  const Answer<typename Request::Answer> answer(request.reply);
  put(RoleRequest(std::move(request)));
  auto given = answer.wait();
  co_return co_await std::move(given);
}

void Controller::Impl::drop_all() {
  if (role_) role_->interrupt();
  clear();
}

void Controller::Impl::clear() {
  requests_ = 0;
  for (const Queued& dropped : std::exchange(queue_, {})) dropped.done.set();
}

env::Task<void> Controller::Impl::idle() {
  while (busy_ || !queue_.empty()) {
    env::Signal over;
    idlers_.push_back(over);
    co_await over.wait();
  }
}

env::Task<void> Controller::Impl::run() {
  const auto self = shared_from_this();
  while (!stopping_) {
    if (queue_.empty()) {
      for (const env::Signal& over : std::exchange(idlers_, {})) over.set();
      mail_ = env::Signal();
      const env::Signal present = mail_;
      co_await present.wait();
      continue;
    }
    Queued next = std::move(queue_.front());
    queue_.pop_front();
    requests_ -= std::holds_alternative<RoleRequest>(next.event);
    busy_ = true;
    co_await process(std::move(next.event));
    busy_ = false;
    next.done.set();
  }
  clear();
  for (const env::Signal& over : std::exchange(idlers_, {})) over.set();
}

// The one place where RoleLost is caught. Losing a role can itself meet a lost session; that is the
// end of it, for the new session starts over.
env::Task<void> Controller::Impl::process(Event event) {
  std::optional<RoleLost> lost;
  try {
    auto handled = std::visit([this](auto& e) { return handle(std::move(e)); }, event);
    co_await std::move(handled);
  } catch (RoleLost& why) {
    lost = std::move(why);
  }
  if (!lost) co_return;
  try {
    co_await role_lost(*std::move(lost));
  } catch (const RoleLost& why) {
    env::log_warn(kControllerLog, "[Controller id={}] While resigning: {}", config_.broker_id.value,
                  why.what);
    resign();
  }
}

env::Task<void> Controller::Impl::handle(events::Startup) { co_await elect(); }

env::Task<void> Controller::Impl::handle(events::Reelect) { co_await elect(); }

// The watch on its creation went off once: a deletion since then is told to nobody. So whoever
// finds no controller runs for it (3.9 does not, and may be left without one).
env::Task<void> Controller::Impl::handle(events::ControllerChanged) { co_await elect(); }

env::Task<void> Controller::Impl::handle(events::Expire) {
  resign();
  co_return;
}

env::Task<void> Controller::Impl::handle(events::Shutdown) {
  resign();
  stopping_ = true;
  co_return;
}

env::Task<void> Controller::Impl::handle(RoleEvent event) {
  if (!role_) co_return;
  auto handled = std::visit([this](auto& e) { return role_->handle(std::move(e)); }, event);
  co_await std::move(handled);
}

env::Task<void> Controller::Impl::handle(RoleRequest request) {
  if (!role_) co_return;
  auto handled = std::visit([this](auto& r) { return role_->handle(std::move(r)); }, request);
  co_await std::move(handled);
}

env::Task<void> Controller::Impl::elect() {
  const BrokerId known = co_await observe();
  if (known != kNoBroker) co_return;
  const Timestamp now{clock_.wall().count()};
  const auto term = co_await run_for_controller(&client_, config_.broker_id, now);
  if (!term) {
    co_await observe();
    co_return;
  }
  env::log_info(
      kControllerLog,
      "[Controller id={0}] {0} successfully elected as the controller. Epoch incremented to {1} "
      "and "
      "epoch zk version is now {2}",
      config_.broker_id.value, term->epoch.value, term->fence);
  role_ = std::make_unique<Role>(config_, *term, ports());
  epoch = term->epoch.value;
  set_active(config_.broker_id);
  co_await role_->take_up();
}

// Looks who is controller (which arms the watch again) and resigns if it is no longer us. The node
// of an earlier session of ours, not yet expired, says nothing about who will be next: it counts as
// somebody, but not as us.
env::Task<BrokerId> Controller::Impl::observe() {
  const ControllerSeen seen = co_await see_controller(&client_);
  const bool names_us = seen.broker == config_.broker_id;
  const bool ours = names_us && seen.owner == client_.session_id();
  if (role_ && !ours) resign();
  if (ours && !role_) {
    co_await give_up_node();
    set_active(kNoBroker);
    co_return kNoBroker;
  }
  set_active(names_us && !ours ? kNoBroker : seen.broker);
  co_return seen.broker;
}

void Controller::Impl::set_active(BrokerId id) {
  if (active.exchange(id.value) != id.value && changed) changed(id);
}

void Controller::Impl::resign() {
  if (role_) env::log_info(kControllerLog, "[Controller id={}] Resigned", config_.broker_id.value);
  role_.reset();
  set_active(kNoBroker);
}

env::Task<void> Controller::Impl::role_lost(RoleLost lost) {
  env::log_warn(kControllerLog, "[Controller id={}] {}", config_.broker_id.value, lost.what);
  resign();
  if (lost.why != RoleLost::Why::kSession) co_await observe();
}

// /controller belongs to our session, but we cannot fill the role: somebody, perhaps we, must be
// elected anew. The watch on it says so.
env::Task<void> Controller::Impl::give_up_node() {
  const auto read = co_await client_.submit_one(zk::GetData{zk::paths::kControllerEpoch, false});
  if (!read) fail(read.error().error, "reading the epoch");
  Store store(client_, read->stat.version);
  std::vector<std::string> node{zk::paths::kController};
  co_await store.delete_all(std::move(node));
}

RolePorts Controller::Impl::ports() {
  RolePorts ports;
  ports.client = &client_;
  ports.random = &random_;
  ports.sender = {&network_, &clock_, executor_, &gate_, config_.socket_timeout};
  ports.post = [self = weak_from_this()](RoleEvent event) {
    if (const auto impl = self.lock()) impl->put(std::move(event));
  };
  ports.unclean_elections = &unclean_elections;
  ports.unclean_by_default = &unclean_by_default;
  return ports;
}

void Controller::Impl::watch_controller() {
  auto told = [self = weak_from_this()](const zk::WatchEvent& event) {
    const auto impl = self.lock();
    if (!impl) return;
    if (event.type == zk::EventType::kDeleted) {
      impl->put(events::Reelect{});
    } else {
      impl->put(events::ControllerChanged{});
    }
  };
  client_.watch_path(zk::paths::kController, {std::move(told)});
}

Controller::Controller(ControllerConfig config, zk::Client& client, env::Network& network,
                       env::Clock& clock, env::Executor executor, env::Random& random)
    : impl_(std::make_shared<Impl>(std::move(config), client, network, clock, std::move(executor),
                                   random)) {}

Controller::~Controller() = default;

env::Task<void> Controller::startup(BrokerEpoch broker_epoch) {
  set_broker_epoch(broker_epoch);
  impl_->start();
  co_await impl_->put_and_wait(events::Startup{});
}

env::Task<void> Controller::shutdown() { co_await impl_->stop(); }

env::Task<void> Controller::on_session_expired() {
  impl_->drop_all();
  co_await impl_->put_and_wait(events::Expire{});
}

env::Task<void> Controller::reregister_and_reelect(BrokerEpoch broker_epoch) {
  set_broker_epoch(broker_epoch);
  co_await impl_->put_and_wait(events::Reelect{});
}

bool Controller::is_active() const { return active_controller() == impl_->config().broker_id; }

BrokerId Controller::active_controller() const { return BrokerId{impl_->active.load()}; }

ControllerEpoch Controller::epoch() const { return ControllerEpoch{impl_->epoch.load()}; }

BrokerEpoch Controller::broker_epoch() const { return BrokerEpoch{impl_->broker_epoch.load()}; }

std::uint64_t Controller::unclean_elections() const { return impl_->unclean_elections; }

void Controller::set_broker_epoch(BrokerEpoch broker_epoch) {
  impl_->broker_epoch = broker_epoch.value;
}

void Controller::set_unclean_leader_election(bool enabled) {
  const bool newly = !impl_->unclean_by_default.exchange(enabled) && enabled;
  if (newly) impl_->put(RoleEvent(events::UncleanElectionsAllowed{}));
}

void Controller::allow_unclean_election(std::string topic) {
  impl_->put(RoleEvent(events::UncleanElectionsAllowed{std::move(topic)}));
}

void Controller::on_controller_change(std::function<void(BrokerId)> told) {
  impl_->changed = std::move(told);
}

env::Task<protocol::AlterPartitionResponse> Controller::alter_partition(
    std::int16_t version, protocol::AlterPartitionRequest request) {
  protocol::AlterPartitionResponse refusal;
  refusal.error_code = ErrorCode::kNotController;
  return impl_->ask<events::AlterPartition>({version, std::move(request)}, std::move(refusal));
}

env::Task<protocol::ControlledShutdownResponse> Controller::controlled_shutdown(
    protocol::ControlledShutdownRequest request) {
  protocol::ControlledShutdownResponse refusal;
  refusal.error_code = ErrorCode::kStaleControllerEpoch;
  return impl_->ask<events::ControlledShutdown>(std::move(request), std::move(refusal));
}

env::Task<protocol::AllocateProducerIdsResponse> Controller::allocate_producer_ids(
    protocol::AllocateProducerIdsRequest request) {
  protocol::AllocateProducerIdsResponse refusal;
  refusal.error_code = ErrorCode::kNotController;
  return impl_->ask<events::AllocateProducerIds>(std::move(request), std::move(refusal));
}

env::Task<ElectionResults> Controller::elect_leaders(ElectionRequest request) {
  ElectionResults refusal;
  for (const TopicPartition& tp : request.partitions) {
    refusal.emplace(tp, refuse(ErrorCode::kNotController, ""));
  }
  return impl_->ask<events::ElectLeaders>(std::move(request), std::move(refusal));
}

env::Task<protocol::AlterPartitionReassignmentsResponse> Controller::alter_partition_reassignments(
    protocol::AlterPartitionReassignmentsRequest request) {
  protocol::AlterPartitionReassignmentsResponse refusal;
  refusal.error_code = ErrorCode::kNotController;
  refusal.error_message = message(ErrorCode::kNotController);
  return impl_->ask<events::AlterPartitionReassignments>(std::move(request), std::move(refusal));
}

env::Task<protocol::ListPartitionReassignmentsResponse> Controller::list_partition_reassignments(
    protocol::ListPartitionReassignmentsRequest request) {
  protocol::ListPartitionReassignmentsResponse refusal;
  refusal.error_code = ErrorCode::kNotController;
  refusal.error_message = message(ErrorCode::kNotController);
  return impl_->ask<events::ListPartitionReassignments>(std::move(request), std::move(refusal));
}

env::Task<void> Controller::idle() { co_await impl_->idle(); }

}  // namespace barnabas::controller
