// Topics straight on the znodes (--zookeeper), as kafka-topics worked before 3.0: the controller
// sees the change.
//
// Does not    know the brokers' defaults, or check a topic's settings beyond what it writes.
// Kafka       2.8: admin/TopicCommand.ZookeeperTopicService, zk/AdminZkClient.
#pragma once

#include <functional>
#include <map>

#include "tools/topic_service.h"
#include "zk/client.h"
#include "zk/values.h"

namespace barnabas::tools {

class ZooKeeperTopicService : public TopicService {
 public:
  // `random` gives where the placement of new replicas begins: any number.
  ZooKeeperTopicService(zk::Client& client, std::function<std::uint64_t()> random)
      : client_(client), random_(std::move(random)) {}

  env::Task<AdminResult<std::vector<TopicName>>> list() override;
  env::Task<AdminResult<void>> create(NewTopic topic) override;
  env::Task<AdminResult<std::vector<TopicView>>> describe(std::vector<TopicName> topics) override;
  env::Task<AdminResult<void>> add_partitions(std::vector<TopicName> topics, std::int32_t total,
                                              Assignment assignment) override;
  env::Task<AdminResult<void>> remove(std::vector<TopicName> topics) override;

 private:
  using Racks = std::map<BrokerId, std::optional<std::string>>;

  // Nothing for a node that is not there.
  env::Task<AdminResult<std::optional<zk::Reply>>> read(std::string path);
  env::Task<AdminResult<std::vector<std::string>>> children(std::string path);
  env::Task<AdminResult<Racks>> brokers();
  env::Task<AdminResult<Assignment>> place(NewTopic topic);
  env::Task<AdminResult<void>> write_configs(NewTopic topic);
  env::Task<AdminResult<std::optional<TopicView>>> view(TopicName topic, Racks alive);
  env::Task<AdminResult<void>> add_states(TopicView* view, Racks alive);
  env::Task<AdminResult<void>> grow(TopicName topic, std::int32_t total, Assignment assignment);

  zk::Client& client_;
  std::function<std::uint64_t()> random_;
};

}  // namespace barnabas::tools
