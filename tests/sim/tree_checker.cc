#include "tests/sim/tree_checker.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <iterator>

namespace barnabas::simtest {

namespace {

using zk::model::Node;

constexpr std::string_view kTopics = "/brokers/topics/";
constexpr const char* kLegacyMove = "/admin/reassign_partitions";
constexpr const char* kLegacyElection = "/admin/preferred_replica_election";

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string text_of(const Node& node) { return node.data.value_or(""); }

bool is_state(std::string_view path) {
  return path.starts_with(kTopics) && path.ends_with("/state");
}

struct LeaderState {
  int leader = -1;
  int leader_epoch = 0;
  int controller_epoch = 0;
  std::vector<int> isr;
};

LeaderState parse(const Node& node) {
  const auto json = boost::json::parse(text_of(node)).as_object();
  LeaderState state;
  state.leader = json.at("leader").to_number<int>();
  state.leader_epoch = json.at("leader_epoch").to_number<int>();
  state.controller_epoch = json.at("controller_epoch").to_number<int>();
  for (const auto& id : json.at("isr").as_array()) state.isr.push_back(id.to_number<int>());
  return state;
}

bool is_topic(std::string_view path) {
  return path.starts_with(kTopics) && path.find('/', kTopics.size()) == std::string_view::npos;
}

// What /brokers/topics/T says: replicas by partition, and of how many some come or go.
struct Topic {
  std::map<std::string, std::vector<int>> replicas;
  std::size_t moving = 0;
};

Topic parse_topic(const Node& node) {
  const auto json = boost::json::parse(text_of(node)).as_object();
  Topic topic;
  for (const auto& [partition, ids] : json.at("partitions").as_object()) {
    auto& replicas = topic.replicas[partition];
    for (const auto& id : ids.as_array()) replicas.push_back(id.to_number<int>());
  }
  for (const char* change : {"adding_replicas", "removing_replicas"}) {
    if (json.contains(change)) topic.moving += json.at(change).as_object().size();
  }
  return topic;
}

// /brokers/topics/T/partitions/P/state -> the replicas /brokers/topics/T gives P.
std::vector<int> replicas_of(const zk::model::Tree& tree, const std::string& state_path) {
  const std::size_t topic_end = state_path.find('/', kTopics.size());
  const std::size_t partition_end = state_path.rfind('/');
  const std::size_t partition = state_path.rfind('/', partition_end - 1) + 1;
  const Node* topic = tree.find(state_path.substr(0, topic_end));
  if (topic == nullptr) return {};
  return parse_topic(*topic).replicas[state_path.substr(partition, partition_end - partition)];
}

}  // namespace

void TreeChecker::look() {
  if (tree_.last_zxid() == seen_) return;
  look_at_controller();
  const auto& nodes = tree_.nodes();
  for (auto i = nodes.lower_bound(kTopics); i != nodes.end() && i->first.starts_with(kTopics);
       ++i) {
    if (is_state(i->first) && i->second.mzxid > seen_) look_at_state(i->first, i->second);
  }
  seen_ = tree_.last_zxid();
}

void TreeChecker::look_at_controller() {
  const Node* epoch_node = tree_.find("/controller_epoch");
  const int epoch = epoch_node == nullptr ? 0 : number(text_of(*epoch_node));
  if (epoch < controller_epoch_) {
    report_(fmt::format("/controller_epoch went from {} to {}", controller_epoch_, epoch));
  }
  controller_epoch_ = std::max(controller_epoch_, epoch);
  const Node* controller = tree_.find("/controller");
  if (controller == nullptr || controller->czxid == controller_czxid_) return;
  controller_czxid_ = controller->czxid;
  const auto [holder, is_new] = holders_.emplace(epoch, controller->czxid);
  if (!is_new) report_(fmt::format("two controllers have epoch {}", epoch));
}

void TreeChecker::look_at_state(const std::string& path, const Node& node) {
  const LeaderState read = parse(node);
  note_(fmt::format("{}: {} leads in epoch {}, ISR {} (partition epoch {})",
                    path.substr(kTopics.size()), read.leader, read.leader_epoch,
                    fmt::join(read.isr, ","), node.version));
  State now{.czxid = node.czxid,
            .mzxid = node.mzxid,
            .leader = read.leader,
            .leader_epoch = read.leader_epoch,
            .isr = {read.isr.begin(), read.isr.end()},
            .doubted = {}};
  State& before = states_[path];
  if (before.czxid == now.czxid) {
    look_at_leader(path, before, now);
    std::ranges::set_intersection(before.doubted, now.isr,
                                  std::inserter(now.doubted, now.doubted.end()));
  }
  before = std::move(now);
  if (read.controller_epoch != controller_epoch_) {
    report_(fmt::format("{} was written with controller epoch {} while it is {}", path,
                        read.controller_epoch, controller_epoch_));
  }
  if (read.isr.empty()) report_(fmt::format("{} has an empty ISR", path));
  if (read.leader != -1 && !before.isr.contains(read.leader)) {
    report_(fmt::format("{}: leader {} is not in the ISR", path, read.leader));
  }
}

void TreeChecker::look_at_leader(const std::string& path, const State& before, const State& now) {
  if (now.leader_epoch < before.leader_epoch) {
    report_(fmt::format("{}: leader epoch went from {} to {}", path, before.leader_epoch,
                        now.leader_epoch));
  }
  if (now.leader == before.leader) return;
  ++leader_changes_;
  if (now.leader_epoch == before.leader_epoch) {
    report_(fmt::format("{}: leader {} and leader {} share epoch {}", path, before.leader,
                        now.leader, now.leader_epoch));
  }
  if (now.leader != -1 && !before.isr.contains(now.leader)) {
    report_(fmt::format("{}: leader {} was not in the ISR before", path, now.leader));
  }
}

void TreeChecker::doubt(int broker) {
  look();
  for (auto& [path, state] : states_) {
    if (state.isr.contains(broker)) state.doubted.insert(broker);
  }
}

bool TreeChecker::in_doubt() const {
  return std::ranges::any_of(states_, [this](const auto& known) {
    return tree_.find(known.first) != nullptr && !known.second.doubted.empty();
  });
}

bool TreeChecker::survives_loss_of(int broker) const {
  return std::ranges::none_of(states_, [&](const auto& known) {
    const auto& isr = known.second.isr;
    return tree_.find(known.first) != nullptr && isr.contains(broker) && isr.size() < 3;
  });
}

bool TreeChecker::is_moving() const {
  if (tree_.find(kLegacyMove) != nullptr || tree_.find(kLegacyElection) != nullptr) return true;
  return std::ranges::any_of(tree_.nodes(), [](const auto& known) {
    return is_topic(known.first) && parse_topic(known.second).moving > 0;
  });
}

std::vector<int> TreeChecker::replicas(const TopicPartition& tp) const {
  return replicas_of(
      tree_, fmt::format("{}{}/partitions/{}/state", kTopics, tp.topic, tp.partition.value));
}

void TreeChecker::at_rest(const std::set<int>& brokers, const std::set<std::string>& deleted) {
  std::set<int> registered;
  const Node* ids = tree_.find("/brokers/ids");
  if (ids != nullptr) {
    for (const std::string& id : ids->children) registered.insert(number(id));
  }
  if (registered != brokers) report_("not every broker is registered");
  if (tree_.find("/controller") == nullptr) report_("nobody is controller");
  for (const auto& [path, node] : tree_.nodes()) {
    if (!is_state(path)) continue;
    const LeaderState state = parse(node);
    if (!registered.contains(state.leader)) {
      report_(fmt::format("{}: leader {} is not alive", path, state.leader));
    }
    const auto replicas = replicas_of(tree_, path);
    if (std::set(state.isr.begin(), state.isr.end()) !=
        std::set(replicas.begin(), replicas.end())) {
      report_(fmt::format("{}: the ISR is {}, the replicas are {}", path, fmt::join(state.isr, ","),
                          fmt::join(replicas, ",")));
    }
  }
  if (is_moving()) report_("a partition is still on its way, or an election pending");
  for (const std::string& topic : deleted) {
    for (const std::string& directory : {"/brokers/topics/", "/admin/delete_topics/"}) {
      if (tree_.find(directory + topic) != nullptr) report_(directory + topic + " is still there");
    }
  }
}

}  // namespace barnabas::simtest
