// Offsets as consumers kept them before Kafka 0.8.2: one znode for each partition of a group. Only
// version 0 of OffsetCommit and OffsetFetch still means these.
//
// Kafka       KafkaApis.commitOffsetsToZookeeper, KafkaZkClient.getConsumerOffset.
#pragma once

#include <string>
#include <vector>

#include "broker/api/services.h"
#include "broker/group/offset_store.h"

namespace barnabas::broker::api {

// One error per commit.
env::Task<std::vector<ErrorCode>> commit_to_zookeeper(Services* services, std::string group,
                                                      std::vector<group::Commit> commits);
// What is not there answers kUnknownTopicOrPartition.
env::Task<std::vector<group::FetchedTopic>> fetch_from_zookeeper(
    Services* services, std::string group, std::vector<group::TopicPartitions> wanted);

}  // namespace barnabas::broker::api
