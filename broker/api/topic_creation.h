// Making one topic as an administrator asked for it, or as Metadata makes one that is missing.
//
// Does not    wait for leaders; check authorization or quotas.
// Kafka       server/ZkAdminManager.createTopics, server/DefaultAutoTopicCreationManager (ZooKeeper
//             path).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "broker/api/services.h"
#include "controller/topic_admin.h"
#include "protocol/messages/create_topics.h"

namespace barnabas::broker::api {

struct CreatedTopic {
  TopicId id;
  std::int32_t partitions = 0;
  std::int16_t replication_factor = 0;
};

// In which order Kafka makes the topics of one request, as indexes into `names`: that of a
// scala.collection.mutable.HashMap. Of two that exclude each other ("a.b" and "a_b") the first wins.
std::vector<std::size_t> order_of_creation(std::span<const std::string> names);

// Resolves defaults, places replicas, validates, writes (unless validate_only).
env::Task<controller::AdminResult<CreatedTopic>> create_topic(
    Services* services, protocol::CreateTopicsRequest::CreatableTopic topic, bool validate_only);

// What Metadata answers for a topic that it has just asked to be made: LEADER_NOT_AVAILABLE, or why
// not. __consumer_offsets gets partitions, replicas and configs of its own settings.
env::Task<ErrorCode> auto_create_topic(Services* services, std::string name);

// Until `done(snapshot)` or the deadline; true if done.
env::Task<bool> wait_for_metadata(Services* services, env::Instant deadline,
                                  std::function<bool(const replica::MetadataSnapshot&)> done);

bool is_internal_topic(std::string_view name);

}  // namespace barnabas::broker::api
