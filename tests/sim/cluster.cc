#include "tests/sim/cluster.h"

#include <fmt/core.h>

#include <utility>

#include "broker/config/properties.h"
#include "env/check.h"
#include "tests/sim/sim_frontend.h"
#include "zk/paths.h"

namespace barnabas::simtest {

using env::sim::Crash;

namespace {

constexpr const char* kConfig = R"(
broker.id={0}
listeners=PLAINTEXT://{1}:9092
log.dirs=/data/kafka
zookeeper.connect=zk:2181
zookeeper.session.timeout.ms=3000
auto.create.topics.enable=false
log.retention.ms=-1
{2}
)";

}  // namespace

Cluster::Cluster(std::uint64_t seed, ClusterOptions options)
    : options_(std::move(options)),
      world_(seed),
      zookeeper_node_(world_.start("zk", {})),
      client_(world_.start("client", {})) {
  world_.capture_log();
  zookeeper_ = std::make_shared<zk::model::ModelServer>(
      zookeeper_node_.executor(), zookeeper_node_.clock(), zookeeper_node_.random());
  zookeeper_->set_faults(kHealthyZookeeper);
  zookeeper_node_.keep(zookeeper_);
  for (int id = 1; id <= options_.brokers; ++id) {
    ids_.push_back(id);
    members_[id];
  }
}

Cluster::~Cluster() = default;

std::string Cluster::host(int id) { return fmt::format("broker{}", id); }

broker::config::Config Cluster::config(int id) const {
  const std::string text = fmt::format(fmt::runtime(kConfig), id, host(id), options_.extra_config);
  auto properties = broker::config::parse_properties(text);
  BB_CHECK(properties.has_value());
  auto made = broker::config::Config::from(*std::move(properties));
  BB_CHECK(made.has_value());
  return *std::move(made);
}

void Cluster::start(int id) {
  Member& member = members_.at(id);
  BB_CHECK(member.state == BrokerState::kDown);
  env::sim::Node& node = world_.start(host(id));
  auto connector = std::make_shared<zk::model::ModelConnector>(*zookeeper_, node.clock());
  node.keep(connector);
  broker::Ports ports{.clock = node.clock(),
                      .files = node.files(),
                      .network = node.network(),
                      .disk = node.disk(),
                      .random = node.random(),
                      .zookeeper = *connector,
                      .executor = node.executor(),
                      .make_frontend = [&node](broker::api::Dispatcher& dispatcher) {
                        return make_sim_frontend(node, kPort, dispatcher);
                      }};
  auto made = std::make_shared<broker::Broker>(config(id), std::move(ports));
  node.keep(made);
  member.broker = made;
  member.state = BrokerState::kStarting;
  ++member.life;
  node.spawn(run_start(id));
}

env::Task<void> Cluster::run_start(int id) {
  broker::Broker* started = members_.at(id).broker.get();
  const auto result = co_await started->start();
  Member& member = members_.at(id);
  if (result) {
    if (member.state == BrokerState::kStarting) member.state = BrokerState::kUp;
    co_return;
  }
  failed_starts_.push_back(result.error());
  world_.record(fmt::format("{} did not start: {}", host(id), result.error()));
  member.state = BrokerState::kStopping;
  co_await run_stop(id);
}

void Cluster::stop(int id) {
  Member& member = members_.at(id);
  if (member.state != BrokerState::kUp) return;
  member.state = BrokerState::kStopping;
  world_.record(fmt::format("stop {}", host(id)));
  world_.find(host(id))->spawn(run_stop(id));
}

// A process that has ended is a crash of one that has nothing left to lose.
env::Task<void> Cluster::run_stop(int id) {
  broker::Broker* stopped = members_.at(id).broker.get();
  co_await stopped->stop();
  world_.record(fmt::format("{} has stopped", host(id)));
  const int life = members_.at(id).life;
  world_.at({}, [this, id, life] {
    if (members_.at(id).life == life) crash(id, Crash::kProcess);
  });
}

void Cluster::crash(int id, Crash how) {
  Member& member = members_.at(id);
  if (member.state == BrokerState::kDown) return;
  member.state = BrokerState::kDown;
  if (how == Crash::kPower) ++member.power_losses;
  member.broker.reset();
  world_.crash(host(id), how);
}

zk::model::SessionId Cluster::session(int id) const {
  const auto* node = zookeeper_->tree().find(zk::paths::broker(BrokerId{id}));
  return node == nullptr ? 0 : node->ephemeral_owner;
}

void Cluster::expire_session(int id) {
  world_.record(fmt::format("expire the session of {}", host(id)));
  zookeeper_->expire(session(id));
}

void Cluster::cut_session(int id, env::Duration time) {
  const auto cut = session(id);
  if (cut == 0) return;
  world_.record(fmt::format("cut the session of {}", host(id)));
  zookeeper_->cut(cut);
  world_.at(time, [this, cut] { zookeeper_->heal(cut); });
}

}  // namespace barnabas::simtest
