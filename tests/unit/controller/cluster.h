// A ZooKeeper in memory, real Controllers on it, and brokers that only answer.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/controller.h"
#include "controller/topic_admin.h"
#include "env/log.h"
#include "tests/support/virtual_loop.h"
#include "tests/unit/controller/fake_brokers.h"
#include "tests/unit/controller/recorder.h"
#include "zk/model/connector.h"
#include "zk/paths.h"
#include "zk/values.h"

namespace barnabas::controller::testing {

using namespace std::chrono_literals;

inline zk::BrokerRegistration registration(int id, std::optional<std::string> rack = std::nullopt) {
  zk::BrokerRegistration broker;
  broker.endpoints.push_back({"PLAINTEXT", "PLAINTEXT", "127.0.0.1", id});
  broker.rack = std::move(rack);
  broker.timestamp = Timestamp{1};
  return broker;
}

// One broker's ZooKeeper client and its Controller, wired as broker/ wires them.
class Node {
 public:
  Node(int broker_id, barnabas::testing::VirtualLoop& loop, zk::model::ModelServer& server,
       env::Network& network, env::Random& random, ControllerConfig config)
      : inner_(server, loop.clock),
        id(broker_id),
        connector(inner_),
        client(connector, {"model:2181", 18s, 10}, loop.clock, loop.executor()),
        controller(with_id(std::move(config), broker_id), client, network, loop.clock,
                   loop.executor(), random),
        admin(client, random) {
    client.on_session([this] { return controller.on_session_expired(); },
                      [this] { return again(); });
  }

  env::Task<void> start() {
    co_await client.start(10s);
    co_await sign_up();
    co_await controller.startup(epoch);
  }
  env::Task<void> stop() {
    co_await controller.shutdown();
    co_await client.stop();
  }
  std::vector<std::string> take_log() { return std::exchange(connector.log, {}); }

 private:
  zk::model::ModelConnector inner_;

 public:
  int id;
  BrokerEpoch epoch{-1};
  RecordingConnector connector;
  zk::Client client;
  Controller controller;
  TopicAdmin admin;

 private:
  static ControllerConfig with_id(ControllerConfig config, int id) {
    config.broker_id = BrokerId{id};
    return config;
  }
  env::Task<void> sign_up() {
    const std::string path = zk::paths::broker(BrokerId{id});
    zk::Create create{path, registration(id).encode(), zk::CreateMode::kEphemeral};
    co_await client.submit_one(std::move(create));
    const auto read = co_await client.submit_one(zk::Exists{path, false});
    if (read) epoch = BrokerEpoch{read->stat.czxid};
  }
  env::Task<void> again() {
    co_await sign_up();
    co_await controller.reregister_and_reelect(epoch);
  }
};

class ClusterTest : public ::testing::Test {
 protected:
  ClusterTest() {
    env::set_log_level("root", env::LogLevel::kOff);
    brokers.clock = &loop.clock;
    for (const char* path : zk::paths::kTopLevel) make_path(path);
  }
  ~ClusterTest() override {
    server.set_fate(nullptr);
    server.set_available(true);
    brokers.unreachable.clear();
    for (const auto& [id, until] : brokers.held) until.set();
    for (auto& node : nodes) loop.run(node->stop());
  }

  // A broker with a controller of its own; returns when its first election is over and all is
  // quiet.
  Node& start(int id) {
    Node& node = add(id);
    loop.run(node.start());
    settle();
    return node;
  }
  Node& add(int id) {
    nodes.push_back(std::make_unique<Node>(id, loop, server, brokers, random, config));
    return *nodes.back();
  }
  // A broker that is no more than its registration and a fake at the other end of the network.
  void join(int id, std::optional<std::string> rack = std::nullopt) {
    operate(zk::Create{zk::paths::broker(BrokerId{id}), registration(id, rack).encode()});
  }
  // Fakes join and broker 1 becomes their controller, with a topic t if `lists` are given. What was
  // written and sent for that is forgotten.
  Node& lead(const std::vector<int>& fakes, std::vector<std::vector<int>> lists = {}) {
    for (const int id : fakes) join(id);
    Node& node = start(1);
    if (!lists.empty()) create(node, "t", std::move(lists));
    forget(node);
    return node;
  }
  void forget(Node& node) {
    node.take_log();
    brokers.sent.clear();
  }
  BrokerEpoch epoch_of(int id) {
    return BrokerEpoch{server.tree().find(zk::paths::broker(BrokerId{id}))->czxid};
  }
  void die(int id) { operate(zk::Delete{zk::paths::broker(BrokerId{id})}); }

  void settle() { loop.pass(50ms); }
  zk::Outcome operate(zk::Request request) { return server.operate(request); }
  std::string data(const std::string& path) {
    const auto* node = server.tree().find(path);
    return node == nullptr ? "(none)" : text(node->data);
  }
  bool exists(const std::string& path) { return server.tree().find(path) != nullptr; }
  std::string state(const std::string& topic, int partition) {
    return data(zk::paths::partition_state({topic, PartitionIndex{partition}}));
  }
  zk::PartitionState read_state(const std::string& topic, int partition) {
    return zk::PartitionState::decode(state(topic, partition)).value();
  }

  static Placement placement(std::vector<std::vector<int>> lists) {
    Placement out;
    PartitionIndex next{0};
    for (const auto& list : lists) {
      for (const int id : list) out[next].push_back(BrokerId{id});
      ++next;
    }
    return out;
  }
  AdminResult<TopicId> create(Node& by, const std::string& name,
                              std::vector<std::vector<int>> lists) {
    NewTopic topic{name, placement(std::move(lists)), {}, false};
    const auto made = loop.run(by.admin.create_topic(std::move(topic)));
    settle();
    return made;
  }
  AdminResult<void> remove(Node& by, const std::string& name) {
    const auto done = loop.run(by.admin.delete_topic(name));
    settle();
    return done;
  }
  // In place of an id that is drawn by lot.
  std::string topic_json(const std::string& name, const std::string& partitions) {
    const auto topic = zk::TopicAssignment::decode(data(zk::paths::topic(name)));
    return fmt::format(
        R"({{"partitions":{},"topic_id":"{}","adding_replicas":{{}},"removing_replicas":{{}},"version":3}})",
        partitions, to_string(topic->topic_id.value()));
  }

  barnabas::testing::VirtualLoop loop;
  barnabas::testing::SeededRandom random{7};
  zk::model::ModelServer server{loop.executor(), loop.clock, random};
  FakeBrokers brokers;
  ControllerConfig config;
  std::vector<std::unique_ptr<Node>> nodes;

 private:
  void make_path(const std::string& path) {
    if (exists(path)) return;
    const std::string parent(zk::paths::parent(path));
    if (parent.size() > 1) make_path(parent);
    operate(zk::Create{path, std::nullopt});
  }
};

}  // namespace barnabas::controller::testing
