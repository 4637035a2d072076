// Watches ZooKeeper's tree: one controller per epoch, states fenced by it, leader epochs that rise.
//
// Owns        what it saw last.
// Does not    use the controller's or the broker's code: it reads the znodes' JSON itself.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "zk/model/tree.h"

namespace barnabas::simtest {

class TreeChecker {
 public:
  using Report = std::function<void(const std::string&)>;
  TreeChecker(const zk::model::Tree& tree, Report report)
      : tree_(tree), report_(std::move(report)) {}

  // After each step of the world.
  void look();
  // When everything has come to rest with all of `brokers` up; `deleted` topics must be gone.
  void at_rest(const std::set<int>& brokers, const std::set<std::string>& deleted);
  int controllers_seen() const { return static_cast<int>(holders_.size()); }

 private:
  struct State {
    std::int64_t czxid = 0;
    std::int64_t mzxid = 0;
    int leader_epoch = 0;
  };

  void look_at_controller();
  void look_at_state(const std::string& path, const zk::model::Node& node);

  const zk::model::Tree& tree_;
  Report report_;
  std::int64_t seen_ = 0;
  int controller_epoch_ = 0;
  std::int64_t controller_czxid_ = 0;
  std::map<int, std::int64_t> holders_;  // controller epoch -> czxid of /controller
  std::map<std::string, State> states_;
};

}  // namespace barnabas::simtest
