// Topics as the brokers tell and change them (--bootstrap-server).
//
// Kafka       tools/TopicCommand.TopicService.
#pragma once

#include <memory>

#include "protocol/messages/describe_configs.h"
#include "protocol/messages/list_partition_reassignments.h"
#include "tools/topic_service.h"

namespace barnabas::tools {

class BrokerTopicService : public TopicService {
 public:
  explicit BrokerTopicService(AdminClient& client) : client_(client) {}

  env::Task<AdminResult<std::vector<TopicName>>> list() override;
  env::Task<AdminResult<void>> create(NewTopic topic) override;
  env::Task<AdminResult<std::vector<TopicView>>> describe(std::vector<TopicName> topics) override;
  env::Task<AdminResult<void>> add_partitions(std::vector<TopicName> topics, std::int32_t total,
                                              Assignment assignment) override;
  env::Task<AdminResult<void>> remove(std::vector<TopicName> topics) override;

 private:
  using Configs = protocol::DescribeConfigsResponse;
  using Reassignments = protocol::ListPartitionReassignmentsResponse;
  env::Task<AdminResult<Configs>> configs(std::vector<TopicName> topics);
  env::Task<Reassignments> reassignments();

  AdminClient& client_;
};

}  // namespace barnabas::tools
