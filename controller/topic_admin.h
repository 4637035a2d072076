// Creating, growing and deleting topics in ZooKeeper, on any broker: the controller hears of it by
// watch.
//
// Owns        nothing but its references.
// Does not    validate topic configs (log/config does), wait for leaders, or know quotas and ACLs.
// Threading   the zk::Client's executor.
// Kafka       zk.AdminZkClient. Same writes in the same order (apache-3.9/znodes.md).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/admin_result.h"
#include "controller/placement.h"
#include "env/random.h"
#include "env/task.h"
#include "zk/client.h"

namespace barnabas::controller {

using TopicConfig = std::map<std::string, std::string>;

// Kafka's rules for names: 1..249 of [a-zA-Z0-9._-], not "." or "..".
AdminResult<void> validate_topic_name(std::string_view name);
// Metric names cannot tell '.' from '_', so two topics must not differ in them only.
bool names_collide(std::string_view a, std::string_view b);
// Same number of replicas everywhere, none twice, partitions 0..n-1.
AdminResult<void> validate_placement(const Placement& placement);

struct NewTopic {
  std::string name;
  Placement placement;
  TopicConfig config;  // already validated
  bool validate_only = false;
};

struct Growth {
  std::string topic;
  std::int32_t count = 0;  // partitions afterwards
  std::optional<std::vector<std::vector<BrokerId>>>
      assignments;                      // of the new partitions; else placed
  std::vector<BrokerMetadata> brokers;  // live ones, racks as registered
  bool validate_only = false;
};

class TopicAdmin {
 public:
  // `topic_ids`: whether the cluster's IBP knows them (2.8).
  TopicAdmin(zk::Client& client, env::Random& random, bool topic_ids = true)
      : client_(client), random_(random), topic_ids_(topic_ids) {}

  // 36 if it exists.
  env::Task<AdminResult<void>> refuse_existing(std::string topic);
  // The new topic's id, zero if the IBP has none or nothing was written.
  // Errors: 17 name, 36 exists or marked for deletion, 39 placement, 41 if there is no controller.
  env::Task<AdminResult<TopicId>> create_topic(NewTopic topic);
  // The placement of the new partitions. Errors: 3, 17 marked for deletion, 37, 39, 60 being
  // reassigned.
  env::Task<AdminResult<Placement>> add_partitions(Growth growth);
  // Marks the topic; the controller deletes it. Already marked is success (Kafka's ZkAdminManager).
  // Error: 3.
  env::Task<AdminResult<void>> delete_topic(std::string name);

 private:
  env::Task<AdminResult<void>> check_new(const NewTopic* topic);

  zk::Client& client_;
  env::Random& random_;
  bool topic_ids_;
};

// Not the two reserved values, not one whose text begins with '-' (Kafka's Uuid.randomUuid).
TopicId random_topic_id(env::Random& random);

}  // namespace barnabas::controller
