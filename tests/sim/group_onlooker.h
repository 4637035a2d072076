// Asks coordinators about groups once the faults are over: are they stable, what is committed?
//
// Owns        what it was told last of each group.
// Does not    take part: it is no member.
// Threading   the simulator's one thread.
#pragma once

#include <map>
#include <string>

#include "tests/sim/client.h"
#include "tests/sim/crew.h"
#include "tests/sim/group_crowd.h"

namespace barnabas::simtest {

class GroupOnlooker {
 public:
  GroupOnlooker(Cluster* cluster, const GroupCrowd* crowd, Client::Report report)
      : cluster_(cluster), crowd_(crowd), report_(std::move(report)), crew_(cluster) {}

  // Until every group is Stable, with exactly the members that stay, each partition owned once.
  void await_stable();
  // Looks once at each group: its committed offsets must be the end of the stream.
  void compare_offsets();
  bool is_done() const { return crew_.is_done(); }
  // For the reader of a failure.
  std::string last_seen() const;

 private:
  env::Task<void> watch(std::string group);
  env::Task<std::string> describe(Client* client, std::string group);
  env::Task<void> compare(std::string group);
  std::string expected(const std::string& group) const;

  Cluster* cluster_;
  const GroupCrowd* crowd_;
  Client::Report report_;
  Crew crew_;
  std::map<std::string, std::string> seen_;
};

}  // namespace barnabas::simtest
