// What operators do while a cluster suffers: topics come, grow, go and come again; records are
// deleted; partitions are moved to other brokers, or back in the middle of it; leaders put back.
//
// Owns        what it believes of every partition's place.
// Does not    judge records: it tells the RecordChecker what may be deleted.
// Threading   the simulator's one thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/error_code.h"
#include "protocol/messages/create_topics.h"
#include "tests/sim/client.h"
#include "tests/sim/crew.h"
#include "tests/sim/record_checker.h"
#include "tests/sim/topics.h"

namespace barnabas::simtest {

struct AdminOptions {
  int topics = 3;
  int deleted_topics = 1;  // of those
  int acts = 12;
  int slower = 1;           // pauses are so many times as long
  bool replicated = false;  // three replicas, min.insync.replicas=2; only then partitions move
};

class Admin {
 public:
  using Replicas = std::vector<int>;
  Admin(Cluster* cluster, Crew* crew, Topics* topics, RecordChecker* checker, AdminOptions options,
        Client::Report report);

  void start();
  // Topics that must not exist.
  std::set<std::string> absent() const;
  // Where a partition was asked to be, if nothing it asked has been left without an answer.
  const std::map<TopicIdPartition, Replicas>& wanted() const { return wanted_; }

 private:
  // admin.cc: which topics there are
  env::Task<void> administer();
  env::Task<void> create_followed(Client* client);
  env::Task<void> create(Client* client, std::string topic);
  // False: a request without an answer may still delete what is made under that name.
  env::Task<bool> remove(Client* client, std::string topic);
  env::Task<ErrorCode> try_to_create(Client* client, protocol::CreateTopicsRequest request);
  env::Task<void> learn(Client* client, std::string topic, std::size_t partitions);
  protocol::CreateTopicsRequest create_request(Client* client, const std::string& topic);
  void place(Client* client, protocol::CreateTopicsRequest::CreatableTopic* topic);

  // admin_acts.cc: what becomes of them
  env::Task<void> act_often();
  env::Task<void> act(Client* client, TopicIdPartition of);
  env::Task<void> grow(Client* client, TopicIdPartition of);
  env::Task<void> delete_records(Client* client, TopicIdPartition of);
  env::Task<void> elect_preferred(Client* client, TopicIdPartition of);
  env::Task<void> move(Client* client, TopicIdPartition of, std::optional<Replicas> target);
  void settle_move(const TopicIdPartition& of, std::optional<Replicas> target, ErrorCode code);
  void move_by_znode(Client* client, const TopicIdPartition& of);
  void elect_by_znode(const TopicIdPartition& of);
  Replicas any_replicas(Client* client);
  void heard(const TopicIdPartition& of, const std::string& what, const std::string& answer);

  Cluster* cluster_;
  Crew* crew_;
  Topics* topics_;
  RecordChecker* checker_;
  AdminOptions options_;
  Client::Report report_;
  std::optional<TopicIdPartition> last_moved_;
  std::map<TopicIdPartition, Replicas> wanted_;
  // What was not answered may still come, and names no incarnation.
  std::set<TopicPartition> unsure_;
  std::set<std::string> maybe_made_;
};

}  // namespace barnabas::simtest
