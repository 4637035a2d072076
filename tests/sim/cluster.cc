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

// Of a healthy disk's work.
constexpr env::Duration kQuickest = std::chrono::microseconds(20);
constexpr env::Duration kSlowest = std::chrono::milliseconds(2);

constexpr const char* kConfig = R"(
broker.id={0}
listeners=PLAINTEXT://{1}:9092
log.dirs={2}
zookeeper.connect=zk:2181
zookeeper.session.timeout.ms=3000
auto.create.topics.enable=false
log.retention.ms=-1
replica.socket.timeout.ms=2000
{3}
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

std::vector<std::string> Cluster::volumes() const {
  std::vector<std::string> names;
  for (int i = 0; i < options_.directories; ++i) names.push_back(fmt::format("disk{}", i));
  return names;
}

broker::config::Config Cluster::config(int id) const {
  std::string directories;
  for (const std::string& volume : volumes()) {
    directories += (directories.empty() ? "/" : ",/") + volume + "/kafka";
  }
  const std::string text =
      fmt::format(fmt::runtime(kConfig), id, host(id), directories, options_.extra_config);
  auto properties = broker::config::parse_properties(text);
  BB_CHECK(properties.has_value());
  auto made = broker::config::Config::from(*std::move(properties));
  BB_CHECK(made.has_value());
  return *std::move(made);
}

void Cluster::start(int id) {
  Member& member = members_.at(id);
  BB_CHECK(member.state == BrokerState::kDown);
  env::sim::Node& node = world_.start(host(id), volumes());
  auto connector = std::make_shared<zk::model::ModelConnector>(*zookeeper_, node.clock());
  node.keep(connector);
  broker::Ports ports{.clock = node.clock(),
                      .files = node.files(),
                      .space = node.files(),
                      .network = node.network(),
                      .disk = node.disk(),
                      .random = node.random(),
                      .zookeeper = *connector,
                      .executor = node.executor(),
                      .loops = {node.executor()},
                      .catch_up = node.executor(),
                      .make_frontend = [&node](broker::api::Dispatcher& dispatcher) {
                        return make_sim_frontend(node, kPort, dispatcher);
                      }};
  auto made = std::make_shared<broker::Broker>(config(id), std::move(ports));
  made->on_fatal([this, id](const std::string& why) {
    world_.record(fmt::format("{} cannot go on: {}", host(id), why));
    members_.at(id).fatal = true;
    stop_fatal(id);
  });
  node.keep(made);
  member.broker = made;
  member.state = BrokerState::kStarting;
  member.fatal = false;
  member.met_broken_disk = false;
  ++member.life;
  node.spawn(run_start(id));
}

env::Task<void> Cluster::run_start(int id) {
  broker::Broker* started = members_.at(id).broker.get();
  const auto result = co_await started->start();
  Member& member = members_.at(id);
  if (result) {
    if (member.state == BrokerState::kStarting) member.state = BrokerState::kUp;
    if (member.fatal) stop_fatal(id);
    co_return;
  }
  failed_starts_.push_back(result.error());
  world_.record(fmt::format("{} did not start: {}", host(id), result.error()));
  member.state = BrokerState::kStopping;
  co_await run_stop(id);
}

// Not while it starts: then the start ends first.
void Cluster::stop_fatal(int id) {
  Member& member = members_.at(id);
  if (member.state != BrokerState::kUp) return;
  member.state = BrokerState::kStopping;
  world_.find(host(id))->spawn(run_stop(id));
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

void Cluster::pause(int id) {
  if (members_.at(id).state != BrokerState::kUp) return;
  world_.pause(host(id));
  members_.at(id).paused_session = session(id);
  zookeeper_->cut(members_.at(id).paused_session);
}

void Cluster::resume(int id) {
  world_.resume(host(id));
  zookeeper_->heal(members_.at(id).paused_session);
}

void Cluster::break_disk(int id, int directory) {
  const std::string name = volumes().at(static_cast<std::size_t>(directory));
  world_.record(fmt::format("{} of {} is broken", name, host(id)));
  members_.at(id).had_broken_disk = true;
  world_.volume(host(id), name)
      .set_fault([this, id](env::sim::FileOp op, const std::string&) -> std::error_code {
        const bool reads = op == env::sim::FileOp::kOpen || op == env::sim::FileOp::kStat ||
                           op == env::sim::FileOp::kList || op == env::sim::FileOp::kRead;
        if (reads) return {};
        members_.at(id).met_broken_disk = true;
        return std::make_error_code(std::errc::io_error);
      });
}

std::vector<env::sim::Volume*> Cluster::disks(int id) {
  std::vector<env::sim::Volume*> all;
  for (const std::string& name : volumes()) all.push_back(&world_.volume(host(id), name));
  return all;
}

void Cluster::heal_disks() {
  for (const int id : ids_) {
    for (env::sim::Volume* disk : disks(id)) disk->set_fault({});
  }
}

void Cluster::quicken_disks(int id) {
  env::sim::Node* node = world_.find(host(id));
  if (node != nullptr) node->disk().set_delay(kQuickest, kSlowest);
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
