#include "tests/sim/nemesis.h"

#include <fmt/core.h>

#include <algorithm>

#include "zk/paths.h"

namespace barnabas::simtest {

using env::sim::Crash;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr env::Duration kLongestDowntime = seconds(6);

}  // namespace

void Nemesis::start(env::Duration time, env::Duration between) {
  between_ = between;
  end_ = cluster_->world().now() + time;
  schedule();
  supervise();
}

void Nemesis::schedule() {
  cluster_->world().at(up_to(between_), [this] {
    if (healed_ || cluster_->world().now() > end_) return;
    strike();
    schedule();
  });
}

// What a fault's end does is left out once everything is healed.
void Nemesis::then(env::Duration longest, std::function<void()> fn) {
  ++lasting_;
  cluster_->world().at(up_to(longest), [this, fn] {
    --lasting_;
    if (!healed_) fn();
  });
}

void Nemesis::strike() {
  if (options_.replicas != nullptr && options_.replicas->in_doubt()) return;
  const int id = any_broker();
  switch (random_.below(15)) {
    case 0:
    case 1: return crash(id);
    case 2: cluster_->stop(id); return restart_later(id);
    case 3: return cluster_->expire_session(id);
    case 4: return cluster_->cut_session(id, up_to(seconds(5)));
    case 5:
    case 6: return cut_network(id);
    case 7: return lose_zookeeper_messages();
    case 8: return lose_zookeeper_quorum();
    case 9: return slow_network();
    case 10: return break_disk(id);
    case 11: return pause(id);
    case 12: return slow_disk(id);
    case 13:
    case 14: return depose_controller();
  }
}

// Who is in an ISR but not up is about to be let go: the one that loses records would be the last.
bool Nemesis::may_lose_records(int id) const {
  if (options_.replicas == nullptr) return true;
  const bool others_are_up = std::ranges::all_of(cluster_->ids(), [&](int other) {
    return other == id || cluster_->state(other) == BrokerState::kUp;
  });
  return lasting_ == 0 && others_are_up && options_.replicas->survives_loss_of(id);
}

void Nemesis::expect_loss(int id) {
  if (options_.replicas != nullptr) options_.replicas->doubt(id);
}

void Nemesis::crash(int id) {
  const bool power = random_.chance(50) && may_lose_records(id);
  if (power) expect_loss(id);
  cluster_->crash(id, power ? Crash::kPower : Crash::kProcess);
  restart_later(id);
}

// Longer than the session lasts, or not.
void Nemesis::pause(int id) {
  cluster_->pause(id);
  then(seconds(8), [this, id] { cluster_->resume(id); });
}

void Nemesis::restart_later(int id) {
  planned_down_[id] = true;
  then(kLongestDowntime, [this, id] { planned_down_[id] = false; });
}

// A process that ends is started again, as a service manager does.
void Nemesis::supervise() {
  for (const int id : cluster_->ids()) {
    if (cluster_->state(id) == BrokerState::kDown && !planned_down_[id]) cluster_->start(id);
  }
  cluster_->world().at(milliseconds(500), [this] { supervise(); });
}

// Clients or other brokers; one way or both; or only a reset.
void Nemesis::cut_network(int id) {
  auto& wire = cluster_->world().wire();
  const std::string host = Cluster::host(id);
  const std::string other = random_.chance(50) ? "client" : Cluster::host(any_broker());
  if (random_.chance(20)) return wire.reset(host, other);
  const auto way = random_.below(3);
  if (way != 0) wire.cut(host, other);
  if (way != 1) wire.cut(other, host);
  then(seconds(6), [&wire, host, other] {
    wire.heal(host, other);
    wire.heal(other, host);
  });
}

// What operators do with zkCli: the old controller lives on and hears of it later.
void Nemesis::depose_controller() {
  cluster_->world().record("/controller is deleted by hand");
  cluster_->zookeeper().operate(zk::Delete{zk::paths::kController});
}

void Nemesis::lose_zookeeper_messages() {
  zk::model::Faults faults;
  faults.min_delay = milliseconds(0);
  faults.max_delay = milliseconds(random_.chance(30) ? 200 : 5);
  faults.lose_request_one_in = random_.chance(50) ? 10 : 0;
  faults.lose_reply_one_in = random_.chance(70) ? 10 : 0;
  faults.expire_one_in = random_.chance(20) ? 40 : 0;
  cluster_->world().record("ZooKeeper loses messages");
  cluster_->zookeeper().set_faults(faults);
  then(seconds(5), [this] {
    cluster_->world().record("ZooKeeper loses nothing");
    cluster_->zookeeper().set_faults(Cluster::kHealthyZookeeper);
  });
}

void Nemesis::lose_zookeeper_quorum() {
  cluster_->world().record("ZooKeeper has no quorum");
  cluster_->zookeeper().set_available(false);
  then(seconds(5), [this] {
    cluster_->world().record("ZooKeeper has a quorum");
    cluster_->zookeeper().set_available(true);
  });
}

void Nemesis::slow_network() {
  env::sim::WireOptions options;
  options.slow_percent = 20;
  options.slowest = milliseconds(1500);
  options.reset_per_thousand = random_.chance(50) ? 20 : 0;
  cluster_->world().record("the network is slow");
  cluster_->world().wire().set_options(options);
  then(seconds(5), [this] { cluster_->world().wire().set_options({}); });
}

void Nemesis::slow_disk(int id) {
  env::sim::Node* node = cluster_->world().find(Cluster::host(id));
  if (node == nullptr) return;
  cluster_->world().record(fmt::format("the disks of {} are slow", Cluster::host(id)));
  node->disk().set_delay(milliseconds(100), seconds(1));
  then(seconds(5), [this, id] { cluster_->quicken_disks(id); });
}

void Nemesis::break_disk(int id) {
  if (!may_lose_records(id)) return;
  expect_loss(id);
  const auto count = static_cast<std::uint64_t>(options_.directories);
  cluster_->break_disk(id, static_cast<int>(random_.below(count)));
  then(seconds(4), [this] { heal_disks(); });
}

// A directory that has failed stays offline until the process starts again.
void Nemesis::heal_disks() {
  cluster_->heal_disks();
  for (const int id : cluster_->ids()) {
    if (cluster_->met_broken_disk(id)) cluster_->crash(id, Crash::kProcess);
  }
}

void Nemesis::heal() {
  healed_ = true;
  cluster_->world().record("everything is healed");
  cluster_->zookeeper().set_faults(Cluster::kHealthyZookeeper);
  cluster_->zookeeper().set_available(true);
  for (const auto session : cluster_->zookeeper().sessions()) cluster_->zookeeper().heal(session);
  cluster_->world().wire().set_options({});
  cluster_->world().wire().heal_all();
  heal_disks();
  for (const int id : cluster_->ids()) {
    cluster_->resume(id);
    cluster_->quicken_disks(id);
  }
  planned_down_.clear();
}

}  // namespace barnabas::simtest
