#include "tests/sim/nemesis.h"

#include <fmt/core.h>

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
  cluster_->world().at(up_to(longest), [this, fn] {
    if (!healed_) fn();
  });
}

void Nemesis::strike() {
  const int id = any_broker();
  switch (random_.below(10)) {
    case 0:
    case 1: return crash(id);
    case 2: cluster_->stop(id); return restart_later(id);
    case 3: return cluster_->expire_session(id);
    case 4: return cluster_->cut_session(id, up_to(seconds(5)));
    case 5: return cut_network(id);
    case 6: return lose_zookeeper_messages();
    case 7: return lose_zookeeper_quorum();
    case 8: return slow_network();
    case 9: return break_disk(id);
  }
}

void Nemesis::crash(int id) {
  cluster_->crash(id, random_.chance(50) ? Crash::kPower : Crash::kProcess);
  restart_later(id);
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

void Nemesis::break_disk(int id) {
  cluster_->break_disk(id,
                       static_cast<int>(random_.below(static_cast<std::uint64_t>(directories_))));
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
  planned_down_.clear();
}

}  // namespace barnabas::simtest
