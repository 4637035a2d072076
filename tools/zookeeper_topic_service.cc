#include "tools/zookeeper_topic_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tools/placement.h"
#include "zk/paths.h"

namespace barnabas::tools {
namespace {

namespace paths = zk::paths;

std::unexpected<AdminError> fail(std::string text, ErrorCode code = ErrorCode::kNone) {
  return std::unexpected(AdminError{std::move(text), code});
}

std::unexpected<AdminError> zookeeper_failed(zk::Error error, std::string_view path) {
  return fail(fmt::format("{} for {}", zk::name(error), path));
}

bool is_internal(std::string_view topic) {
  return topic == "__consumer_offsets" || topic == "__transaction_state";
}

zk::TopicAssignment node_of(const Assignment& assignment) {
  zk::TopicAssignment node;
  for (std::size_t i = 0; i < assignment.size(); ++i) {
    node.partitions[PartitionIndex(static_cast<std::int32_t>(i))].replicas = assignment[i];
  }
  return node;
}

}  // namespace

env::Task<AdminResult<std::optional<zk::Reply>>> ZooKeeperTopicService::read(std::string path) {
  zk::Request request = zk::GetData{path};
  auto outcome = co_await client_.submit_one(std::move(request));
  if (outcome) co_return std::optional(std::move(*outcome));
  if (outcome.error().error == zk::Error::kNoNode) co_return std::nullopt;
  co_return zookeeper_failed(outcome.error().error, path);
}

env::Task<AdminResult<std::vector<std::string>>> ZooKeeperTopicService::children(std::string path) {
  zk::Request request = zk::GetChildren{path};
  auto outcome = co_await client_.submit_one(std::move(request));
  if (!outcome) {
    if (outcome.error().error == zk::Error::kNoNode) co_return std::vector<std::string>{};
    co_return zookeeper_failed(outcome.error().error, path);
  }
  std::ranges::sort(outcome->children);
  co_return std::move(outcome->children);
}

env::Task<AdminResult<ZooKeeperTopicService::Racks>> ZooKeeperTopicService::brokers() {
  auto names = co_await children(paths::kBrokerIds);
  if (!names) co_return std::unexpected(names.error());
  Racks racks;
  for (const auto& name : *names) {
    std::int32_t id = 0;
    std::from_chars(name.data(), name.data() + name.size(), id);
    auto node = co_await read(paths::broker(BrokerId(id)));
    if (!node) co_return std::unexpected(node.error());
    if (!*node) continue;
    const auto registration = zk::BrokerRegistration::decode((*node)->data.value_or(""));
    if (!registration) co_return fail(registration.error());
    racks[BrokerId(id)] = registration->rack;
  }
  co_return racks;
}

env::Task<AdminResult<std::vector<TopicName>>> ZooKeeperTopicService::list() {
  auto names = co_await children(paths::kBrokerTopics);
  if (!names) co_return std::unexpected(names.error());
  std::vector<TopicName> topics;
  for (const auto& name : *names) topics.push_back({name, {}, is_internal(name)});
  co_return topics;
}

env::Task<AdminResult<Assignment>> ZooKeeperTopicService::place(NewTopic topic) {
  if (!topic.assignment.empty()) co_return topic.assignment;
  auto racks = co_await brokers();
  if (!racks) co_return std::unexpected(racks.error());
  auto placed = place_replicas(*racks, topic.partitions.value_or(1),
                               topic.replication_factor.value_or(1), random_());
  if (!placed) co_return fail(placed.error(), ErrorCode::kInvalidReplicationFactor);
  co_return std::move(*placed);
}

env::Task<AdminResult<void>> ZooKeeperTopicService::write_configs(NewTopic topic) {
  zk::ConfigEntity entity;
  for (const auto& [name, value] : topic.configs) entity.config[name] = value;
  const auto path = paths::topic_config(topic.name);
  zk::Request set = zk::SetData{path, entity.encode()};
  auto outcome = co_await client_.submit_one(std::move(set));
  if (outcome) co_return AdminResult<void>{};
  if (outcome.error().error != zk::Error::kNoNode) {
    co_return zookeeper_failed(outcome.error().error, path);
  }
  zk::Data data = entity.encode();
  auto created = co_await client_.create_recursive(path, std::move(data));
  if (!created) co_return zookeeper_failed(created.error(), path);
  co_return AdminResult<void>{};
}

env::Task<AdminResult<void>> ZooKeeperTopicService::create(NewTopic topic) {
  const auto path = paths::topic(topic.name);
  auto existing = co_await read(path);
  if (!existing) co_return std::unexpected(existing.error());
  if (*existing) {
    co_return fail(fmt::format("Topic '{}' already exists.", topic.name),
                   ErrorCode::kTopicAlreadyExists);
  }
  auto assignment = co_await place(topic);
  if (!assignment) co_return std::unexpected(assignment.error());
  // The settings first: the controller must find them when it hears of the topic.
  auto configured = co_await write_configs(topic);
  if (!configured) co_return configured;
  zk::Data data = node_of(*assignment).encode();
  auto created = co_await client_.create_recursive(path, std::move(data));
  if (!created && created.error() == zk::Error::kNodeExists) {
    co_return fail(fmt::format("Topic '{}' already exists.", topic.name),
                   ErrorCode::kTopicAlreadyExists);
  }
  if (!created) co_return zookeeper_failed(created.error(), path);
  co_return AdminResult<void>{};
}

env::Task<AdminResult<std::vector<TopicView>>> ZooKeeperTopicService::describe(
    std::vector<TopicName> topics) {
  auto alive = co_await brokers();
  if (!alive) co_return std::unexpected(alive.error());
  std::vector<TopicView> views;
  for (const auto& topic : topics) {
    auto seen = co_await view(topic, *alive);
    if (!seen) co_return std::unexpected(seen.error());
    if (*seen) views.push_back(std::move(**seen));
  }
  co_return views;
}

env::Task<AdminResult<std::optional<TopicView>>> ZooKeeperTopicService::view(TopicName topic,
                                                                             Racks alive) {
  auto node = co_await read(paths::topic(topic.name));
  if (!node) co_return std::unexpected(node.error());
  if (!*node) co_return std::nullopt;  // gone meanwhile
  const auto assigned = zk::TopicAssignment::decode((*node)->data.value_or(""));
  if (!assigned) co_return fail(assigned.error());
  TopicView view{topic};
  view.topic.id = assigned->topic_id.value_or(TopicId{});
  for (const auto& [index, partition] : assigned->partitions) {
    PartitionView shown{index};
    shown.replicas = partition.replicas;
    shown.adding = partition.adding;
    shown.removing = partition.removing;
    view.partitions.push_back(std::move(shown));
  }
  auto states = co_await add_states(&view, alive);
  if (!states) co_return std::unexpected(states.error());
  auto settings = co_await read(paths::topic_config(topic.name));
  if (!settings) co_return std::unexpected(settings.error());
  if (*settings) {
    const auto entity = zk::ConfigEntity::decode((*settings)->data.value_or(""));
    if (!entity) co_return fail(entity.error());
    view.overrides.assign(entity->config.begin(), entity->config.end());
    if (const auto it = entity->config.find("min.insync.replicas"); it != entity->config.end()) {
      std::int32_t number = 0;
      std::from_chars(it->second.data(), it->second.data() + it->second.size(), number);
      view.min_insync_replicas = number;
    }
  }
  auto deletion = co_await read(paths::delete_topic(topic.name));
  if (!deletion) co_return std::unexpected(deletion.error());
  view.marked_for_deletion = deletion->has_value();
  co_return view;
}

env::Task<AdminResult<void>> ZooKeeperTopicService::add_states(TopicView* view, Racks alive) {
  for (auto& partition : view->partitions) {
    const TopicPartition tp{view->topic.name, partition.index};
    auto node = co_await read(paths::partition_state(tp));
    if (!node) co_return std::unexpected(node.error());
    if (!*node) continue;  // the controller has not come to it yet
    const auto state = zk::PartitionState::decode((*node)->data.value_or(""));
    if (!state) co_return fail(state.error());
    partition.leader = state->leader;
    partition.leader_alive = alive.contains(state->leader);
    partition.isr = state->isr;
  }
  co_return AdminResult<void>{};
}

env::Task<AdminResult<void>> ZooKeeperTopicService::add_partitions(std::vector<TopicName> topics,
                                                                   std::int32_t total,
                                                                   Assignment assignment) {
  for (const auto& topic : topics) {
    auto grown = co_await grow(topic, total, assignment);
    if (!grown) co_return grown;
  }
  co_return AdminResult<void>{};
}

env::Task<AdminResult<void>> ZooKeeperTopicService::grow(TopicName topic, std::int32_t total,
                                                         Assignment assignment) {
  const auto path = paths::topic(topic.name);
  auto node = co_await read(path);
  if (!node) co_return std::unexpected(node.error());
  if (!*node) co_return fail(fmt::format("Topic '{}' does not exist.", topic.name));
  auto assigned = zk::TopicAssignment::decode((*node)->data.value_or(""));
  if (!assigned) co_return fail(assigned.error());
  const auto now = static_cast<std::int32_t>(assigned->partitions.size());
  if (total < now) {
    co_return fail(
        fmt::format("Topic currently has {} partitions, which is higher than the "
                    "requested {}.",
                    now, total));
  }
  if (total == now) co_return fail(fmt::format("Topic already has {} partitions.", now));
  if (now == 0) co_return fail(fmt::format("Topic '{}' has no partitions.", topic.name));
  Assignment added;
  if (assignment.empty()) {
    auto racks = co_await brokers();
    if (!racks) co_return std::unexpected(racks.error());
    const auto factor =
        static_cast<std::int32_t>(assigned->partitions.begin()->second.replicas.size());
    auto placed = place_replicas(*racks, total - now, factor, random_(), now);
    if (!placed) co_return fail(placed.error());
    added = std::move(*placed);
  } else {
    const auto from = std::min<std::size_t>(assignment.size(), static_cast<std::size_t>(now));
    added.assign(assignment.begin() + static_cast<std::ptrdiff_t>(from), assignment.end());
  }
  for (std::size_t i = 0; i < added.size(); ++i) {
    assigned->partitions[PartitionIndex(now + static_cast<std::int32_t>(i))].replicas = added[i];
  }
  // Only if nobody else changed the topic since it was read.
  zk::Request set = zk::SetData{path, assigned->encode(), (*node)->stat.version};
  auto outcome = co_await client_.submit_one(std::move(set));
  if (!outcome) co_return zookeeper_failed(outcome.error().error, path);
  co_return AdminResult<void>{};
}

env::Task<AdminResult<void>> ZooKeeperTopicService::remove(std::vector<TopicName> topics) {
  for (const auto& topic : topics) {
    if (topic.internal) {
      co_return fail(fmt::format(
          "Topic {} is a kafka internal topic and is not allowed to be marked for deletion.",
          topic.name));
    }
    const auto path = paths::delete_topic(topic.name);
    zk::Data data;
    auto marked = co_await client_.create_recursive(path, std::move(data));
    if (!marked && marked.error() == zk::Error::kNodeExists) {
      co_return fail(fmt::format("Topic {} is already marked for deletion.", topic.name));
    }
    if (!marked) co_return zookeeper_failed(marked.error(), path);
  }
  co_return AdminResult<void>{};
}

}  // namespace barnabas::tools
