// The members of all groups: who is there, who comes, leaves, dies and comes back.
//
// Owns        every member there ever was; the stream they read.
// Does not    judge, or decide what happens to brokers.
// Threading   the simulator's one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/sim/client.h"
#include "tests/sim/crew.h"
#include "tests/sim/group_checker.h"
#include "tests/sim/group_member.h"

namespace barnabas::simtest {

class GroupCrowd {
 public:
  static constexpr int kGroups = 3;

  GroupCrowd(Cluster* cluster, GroupChecker* checker, Client::Report report);

  void start();   // makes the topic; then members come
  void settle();  // nobody comes or goes any more; each group keeps one member at least
  void close_stream() { stream_.close(); }
  void disperse();  // everybody leaves
  // Settled, and nobody sleeps.
  bool is_settled() const;
  bool is_gone() const { return members_crew_.is_done() && keepers_.is_done(); }

  std::vector<std::string> groups() const;
  // Those who stay, of one group.
  std::vector<const GroupMember*> members(const std::string& group) const;
  const Stream& stream() const { return stream_; }

 private:
  struct Seat {
    std::string name;
    bool is_static = false;
    int lives = 0;
    GroupMember* member = nullptr;  // the last one
    bool is_taken() const { return member != nullptr && member->stays(); }
  };
  struct Group {
    std::string id;
    std::vector<Seat> seats;
  };
  env::Task<void> begin();
  env::Task<void> create_topic(Client* client);
  env::Task<void> come_and_go(Group* group);
  env::Task<void> keep(Group* group);
  void change(Client* client, Group* group);
  void come(const Group& group, Seat* seat);

  Cluster* cluster_;
  GroupChecker* checker_;
  Client::Report report_;
  Stream stream_;
  Crew members_crew_;
  Crew guides_;
  Crew keepers_;
  bool is_calm_ = false;
  bool is_over_ = false;
  std::vector<Group> groups_;
  std::vector<std::shared_ptr<GroupMember>> members_;  // the client node holds them as well
};

}  // namespace barnabas::simtest
