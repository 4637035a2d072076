// Topics that appear, vanish or grow (facts 2.7).

#include <algorithm>
#include <utility>

#include "controller/loggers.h"
#include "controller/role.h"
#include "controller/topic_admin.h"
#include "env/log.h"
#include "zk/paths.h"

namespace barnabas::controller {

void Role::watch_topic(const std::string& topic) {
  watch(zk::paths::topic(topic), zk::EventType::kDataChanged, events::PartitionsModified{topic});
}

// Armed by the read: watch_topic() first. A topic that cannot be read is left alone.
env::Task<std::vector<Role::ReadTopic>> Role::read_topics(std::vector<std::string> topics) {
  std::vector<std::string> paths;
  for (const std::string& topic : topics) paths.push_back(zk::paths::topic(topic));
  const auto nodes = co_await store_.get_all(std::move(paths), true);
  std::vector<ReadTopic> read;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i]) continue;
    auto assignment = zk::TopicAssignment::decode(nodes[i]->data.value_or(""));
    if (!assignment) {
      env::log_error(kControllerLog,
                     "[Controller id={}] The assignment of topic {} cannot be read: {}",
                     config_.broker_id.value, topics[i], assignment.error());
      continue;
    }
    read.push_back({std::move(topics[i]), *std::move(assignment)});
  }
  co_return read;
}

// Topics from before 2.8 get their id from the first controller that knows of ids.
env::Task<void> Role::assign_missing_ids(std::vector<ReadTopic>* topics) {
  if (!config_.ibp.topic_ids()) co_return;
  std::vector<zk::MultiOp> ops;
  for (ReadTopic& topic : *topics) {
    if (topic.assignment.topic_id) continue;
    topic.assignment.topic_id = random_topic_id(*ports_.random);
    ops.push_back(
        zk::SetData{zk::paths::topic(topic.name), topic.assignment.encode(), zk::kAnyVersion});
  }
  co_await store_.write(std::move(ops));
}

// Into the context; returns the partitions that were not known.
std::vector<TopicPartition> Role::learn(const ReadTopic& topic) {
  if (topic.assignment.topic_id) context_.set_topic_id(topic.name, *topic.assignment.topic_id);
  std::vector<TopicPartition> fresh;
  for (const auto& [index, assignment] : topic.assignment.partitions) {
    TopicPartition tp{topic.name, index};
    if (context_.partition(tp) != nullptr) continue;
    context_.assign(tp, assignment);
    fresh.push_back(std::move(tp));
  }
  return fresh;
}

env::Task<void> Role::handle(events::TopicsChanged) {
  const auto listed = co_await store_.children(zk::paths::kBrokerTopics, true);
  std::vector<std::string> gone;
  for (const auto& [topic, entry] : context_.topics()) {
    if (!std::ranges::binary_search(listed, topic)) gone.push_back(topic);
  }
  std::vector<std::string> added;
  for (const std::string& topic : listed) {
    if (context_.topic(topic) != nullptr) continue;
    context_.add_topic(topic);
    watch_topic(topic);
    added.push_back(topic);
  }
  auto topics = co_await read_topics(std::move(added));
  for (const std::string& topic : gone) {
    unwatch(zk::paths::topic(topic));
    context_.remove_topic(topic);
  }
  co_await assign_missing_ids(&topics);
  std::vector<TopicPartition> fresh;
  for (const ReadTopic& topic : topics) std::ranges::move(learn(topic), std::back_inserter(fresh));
  env::log_info(kControllerLog,
                "[Controller id={}] New topics: {}, deleted topics: {}, new partitions: {}",
                config_.broker_id.value, topics.size(), gone.size(), fresh.size());
  if (!fresh.empty()) co_await partitions_created(std::move(fresh));
}

env::Task<void> Role::partitions_created(std::vector<TopicPartition> partitions) {
  co_await changes_.partitions(partitions, PartitionState::kNew);
  auto replicas = context_.replicas_of(partitions);
  co_await changes_.replicas(replicas, ReplicaState::kNew);
  co_await changes_.partitions(std::move(partitions), PartitionState::kOnline);
  co_await changes_.replicas(std::move(replicas), ReplicaState::kOnline);
}

env::Task<void> Role::handle(events::PartitionsModified event) {
  std::vector<std::string> names{event.topic};
  auto topics = co_await read_topics(std::move(names));
  if (topics.empty() || context_.topic(event.topic) == nullptr) co_return;
  ReadTopic& topic = topics.front();
  if (context_.being_deleted(event.topic)) {
    const bool grown = std::ranges::any_of(topic.assignment.partitions, [&](const auto& entry) {
      return context_.partition({event.topic, entry.first}) == nullptr;
    });
    if (grown) co_await restore_partitions(std::move(topic));
    co_return;
  }
  auto fresh = learn(topic);
  if (!fresh.empty()) co_await partitions_created(std::move(fresh));
}

// A topic that is being deleted does not grow: what was added is taken back.
env::Task<void> Role::restore_partitions(ReadTopic topic) {
  env::log_error(kControllerLog,
                 "[Controller id={}] Topic {} is being deleted: its new partitions are taken back",
                 config_.broker_id.value, topic.name);
  const auto names = co_await store_.children(zk::paths::topic_partitions(topic.name), false);
  std::erase_if(topic.assignment.partitions, [&](const auto& entry) {
    return std::ranges::find(names, std::to_string(entry.first.value)) == names.end();
  });
  std::vector<zk::MultiOp> ops;
  ops.push_back(
      zk::SetData{zk::paths::topic(topic.name), topic.assignment.encode(), zk::kAnyVersion});
  co_await store_.write(std::move(ops));
}

}  // namespace barnabas::controller
