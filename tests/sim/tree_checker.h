// Watches ZooKeeper's tree: one controller per epoch, states fenced by it, leader epochs that rise,
// one leader per epoch, always from the ISR before.
//
// Owns        what it saw last, and whose replicas may lack what their ISR promises.
// Does not    use the controller's or the broker's code: it reads the znodes' JSON itself.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "protocol/types.h"
#include "zk/model/tree.h"

namespace barnabas::simtest {

class TreeChecker {
 public:
  using Report = std::function<void(const std::string&)>;
  // `note` is told of every state a partition comes to.
  TreeChecker(const zk::model::Tree& tree, Report report, Report note)
      : tree_(tree), report_(std::move(report)), note_(std::move(note)) {}

  // After each step of the world.
  void look();
  // When everything has come to rest with all of `brokers` up: every partition is led and its
  // ISR is full; `deleted` topics must be gone.
  void at_rest(const std::set<int>& brokers, const std::set<std::string>& deleted);

  // The broker may have lost records: its replicas prove nothing until the ISR has let them go.
  void doubt(int broker);
  bool in_doubt() const;
  // Every ISR that holds it holds two others: one of those may be on its way out.
  bool survives_loss_of(int broker) const;
  bool is_moving() const;  // partitions, or leaders by the legacy znode
  // In the order the topic's znode has them; empty if it has none.
  std::vector<int> replicas(const TopicPartition& tp) const;
  int controllers_seen() const { return static_cast<int>(holders_.size()); }
  int leader_changes() const { return leader_changes_; }

 private:
  struct State {
    std::int64_t czxid = 0;
    std::int64_t mzxid = 0;
    int leader = -1;
    int leader_epoch = 0;
    std::set<int> isr;
    std::set<int> doubted;
  };

  void look_at_controller();
  void look_at_state(const std::string& path, const zk::model::Node& node);
  void look_at_leader(const std::string& path, const State& before, const State& now);

  const zk::model::Tree& tree_;
  Report report_;
  Report note_;
  std::int64_t seen_ = 0;
  int controller_epoch_ = 0;
  std::int64_t controller_czxid_ = 0;
  std::map<int, std::int64_t> holders_;  // controller epoch -> czxid of /controller
  std::map<std::string, State> states_;
  int leader_changes_ = 0;
};

}  // namespace barnabas::simtest
