#include "tools/broker_topic_service.h"

#include <algorithm>
#include <charconv>

#include "protocol/messages/create_partitions.h"
#include "protocol/messages/create_topics.h"
#include "protocol/messages/delete_topics.h"
#include "tools/java_order.h"

namespace barnabas::tools {
namespace {

using protocol::MetadataRequest;
using protocol::MetadataResponse;

constexpr Millis kServerTimeout{30'000};
constexpr std::int8_t kTopicResource = 2;
constexpr std::int8_t kDefaultSource = 5;

AdminError broker_error(ErrorCode code, const std::optional<std::string>& told) {
  return {told.value_or(std::string(message(code))), code};
}

// All results of one kind of answer: the first that failed, if any.
template <class Results>
AdminResult<void> first_failure(const Results& results) {
  for (const auto& result : results) {
    if (result.error_code != ErrorCode::kNone) {
      return std::unexpected(broker_error(result.error_code, result.error_message));
    }
  }
  return {};
}

template <class Results>
bool not_controller(const Results& results) {
  return std::ranges::any_of(
      results, [](const auto& result) { return result.error_code == ErrorCode::kNotController; });
}

std::vector<PartitionView> show_partitions(const MetadataResponse::MetadataResponseTopic& topic,
                                           const MetadataResponse& cluster) {
  std::vector<PartitionView> partitions;
  for (const auto& partition : topic.partitions) {
    PartitionView view{partition.partition_index, partition.leader_id};
    view.leader_alive = std::ranges::any_of(
        cluster.brokers, [&](const auto& broker) { return broker.node_id == view.leader; });
    view.replicas = partition.replica_nodes;
    view.isr = partition.isr_nodes;
    partitions.push_back(std::move(view));
  }
  std::ranges::sort(partitions, {}, &PartitionView::index);
  return partitions;
}

void add_configs(TopicView& view, const protocol::DescribeConfigsResponse& configs) {
  for (const auto& result : configs.results) {
    if (result.resource_name != view.topic.name) continue;
    for (const auto& entry : result.configs) {
      const auto value = entry.value.value_or("null");
      if (entry.name == "min.insync.replicas") {
        std::int32_t number = 0;
        std::from_chars(value.data(), value.data() + value.size(), number);
        view.min_insync_replicas = number;
      }
      if (entry.config_source != kDefaultSource) view.overrides.emplace_back(entry.name, value);
    }
  }
}

void add_reassignments(TopicView& view, const protocol::ListPartitionReassignmentsResponse& all) {
  for (const auto& topic : all.topics) {
    if (topic.name != view.topic.name) continue;
    for (const auto& ongoing : topic.partitions) {
      const auto it =
          std::ranges::find(view.partitions, ongoing.partition_index, &PartitionView::index);
      if (it == view.partitions.end()) continue;
      it->adding = ongoing.adding_replicas;
      it->removing = ongoing.removing_replicas;
    }
  }
}

}  // namespace

env::Task<AdminResult<std::vector<TopicName>>> BrokerTopicService::list() {
  MetadataRequest request;
  request.topics = std::nullopt;  // all of them
  request.allow_auto_topic_creation = false;
  const Target target = AnyBroker{};
  auto answer = co_await client_.call(target, std::move(request), "listTopics");
  if (!answer) co_return std::unexpected(answer.error());
  std::vector<TopicName> topics;
  for (const auto& topic : answer->topics) {
    topics.push_back({topic.name.value_or(""), topic.topic_id, topic.is_internal});
  }
  std::ranges::sort(topics, {}, &TopicName::name);
  co_return topics;
}

env::Task<AdminResult<void>> BrokerTopicService::create(NewTopic topic) {
  protocol::CreateTopicsRequest request;
  auto& created = request.topics.emplace_back();
  created.name = topic.name;
  created.num_partitions = topic.assignment.empty() ? topic.partitions.value_or(-1) : -1;
  created.replication_factor = static_cast<std::int16_t>(
      topic.assignment.empty() ? topic.replication_factor.value_or(-1) : -1);
  for (std::size_t i = 0; i < topic.assignment.size(); ++i) {
    auto& replicas = created.assignments.emplace_back();
    replicas.partition_index = PartitionIndex(static_cast<std::int32_t>(i));
    replicas.broker_ids = topic.assignment[i];
  }
  for (auto& [name, value] : topic.configs) {
    auto& config = created.configs.emplace_back();
    config.name = name;
    config.value = value;
  }
  request.timeout_ms = kServerTimeout;
  const Target target = Controller{};
  auto answer = co_await client_.call(
      target, std::move(request), "createTopics",
      [](const protocol::CreateTopicsResponse& r) { return not_controller(r.topics); });
  if (!answer) co_return std::unexpected(answer.error());
  co_return first_failure(answer->topics);
}

env::Task<AdminResult<std::vector<TopicView>>> BrokerTopicService::describe(
    std::vector<TopicName> topics) {
  MetadataRequest request;
  request.allow_auto_topic_creation = false;
  for (const auto& topic : topics) request.topics->emplace_back().name = topic.name;
  const Target target = AnyBroker{};
  auto answer = co_await client_.call(target, std::move(request), "describeTopics");
  if (!answer) co_return std::unexpected(answer.error());
  auto configured = co_await configs(topics);
  if (!configured) co_return std::unexpected(configured.error());
  const auto ongoing = co_await reassignments();
  std::vector<TopicView> views;
  for (const auto& topic : answer->topics) {
    if (topic.error_code == ErrorCode::kUnknownTopicOrPartition) continue;  // gone meanwhile
    if (topic.error_code != ErrorCode::kNone) {
      co_return std::unexpected(broker_error(topic.error_code, std::nullopt));
    }
    TopicView view;
    view.topic = {topic.name.value_or(""), topic.topic_id, topic.is_internal};
    view.partitions = show_partitions(topic, *answer);
    add_configs(view, *configured);
    add_reassignments(view, ongoing);
    views.push_back(std::move(view));
  }
  const auto name_of = [](const TopicView& view) { return view.topic.name; };
  co_return in_java_order(std::move(views), name_of, kBucketsToMeasure);
}

env::Task<AdminResult<BrokerTopicService::Configs>> BrokerTopicService::configs(
    std::vector<TopicName> topics) {
  protocol::DescribeConfigsRequest request;
  for (const auto& topic : topics) {
    auto& resource = request.resources.emplace_back();
    resource.resource_type = kTopicResource;
    resource.resource_name = topic.name;
    resource.configuration_keys = std::nullopt;
  }
  const Target target = AnyBroker{};
  auto answer = co_await client_.call(target, std::move(request), "describeConfigs");
  co_return answer;
}

// Only a help for the replication factor: who may not ask sees the partitions all the same.
env::Task<BrokerTopicService::Reassignments> BrokerTopicService::reassignments() {
  protocol::ListPartitionReassignmentsRequest request;
  request.timeout_ms = kServerTimeout;
  const Target target = Controller{};
  auto answer = co_await client_.call(
      target, std::move(request), "listPartitionReassignments",
      [](const Reassignments& r) { return r.error_code == ErrorCode::kNotController; });
  if (!answer) co_return Reassignments{};
  co_return std::move(*answer);
}

env::Task<AdminResult<void>> BrokerTopicService::add_partitions(std::vector<TopicName> topics,
                                                                std::int32_t total,
                                                                Assignment assignment) {
  std::vector<TopicView> known;
  if (!assignment.empty()) {
    auto described = co_await describe(topics);
    if (!described) co_return std::unexpected(described.error());
    known = std::move(*described);
  }
  protocol::CreatePartitionsRequest request;
  for (const auto& topic : topics) {
    auto& grown = request.topics.emplace_back();
    grown.name = topic.name;
    grown.count = total;
    grown.assignments = std::nullopt;
    const auto view =
        std::ranges::find(known, topic.name, [](const TopicView& v) { return v.topic.name; });
    if (view == known.end()) continue;
    grown.assignments.emplace();
    for (std::size_t i = view->partitions.size(); i < assignment.size(); ++i) {
      grown.assignments->emplace_back().broker_ids = assignment[i];
    }
  }
  request.timeout_ms = kServerTimeout;
  const Target target = Controller{};
  auto answer = co_await client_.call(
      target, std::move(request), "createPartitions",
      [](const protocol::CreatePartitionsResponse& r) { return not_controller(r.results); });
  if (!answer) co_return std::unexpected(answer.error());
  co_return first_failure(answer->results);
}

env::Task<AdminResult<void>> BrokerTopicService::remove(std::vector<TopicName> topics) {
  protocol::DeleteTopicsRequest request;
  for (const auto& topic : topics) {
    request.topics.emplace_back().name = topic.name;
    request.topic_names.push_back(topic.name);
  }
  request.timeout_ms = kServerTimeout;
  const Target target = Controller{};
  auto answer = co_await client_.call(
      target, std::move(request), "deleteTopics",
      [](const protocol::DeleteTopicsResponse& r) { return not_controller(r.responses); });
  if (!answer) co_return std::unexpected(answer.error());
  co_return first_failure(answer->responses);
}

}  // namespace barnabas::tools
