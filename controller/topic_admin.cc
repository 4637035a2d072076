#include "controller/topic_admin.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>
#include <set>
#include <utility>

#include "controller/config_store.h"
#include "controller/state.h"
#include "zk/paths.h"
#include "zk/values.h"

namespace barnabas::controller {
namespace {

constexpr std::size_t kMaxNameLength = 249;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

std::unexpected<AdminError> invalid_name(const std::string& why) {
  return refuse(ErrorCode::kInvalidTopicException, "Topic name is invalid: " + why);
}

std::unexpected<AdminError> exists_already(const std::string& topic) {
  return refuse(ErrorCode::kTopicAlreadyExists, fmt::format("Topic '{}' already exists.", topic));
}

// True after a write of ours whose reply was lost.
bool has_grown(const zk::TopicAssignment& topic, const Placement& added) {
  return !added.empty() && std::ranges::all_of(added, [&](const auto& entry) {
    const auto found = topic.partitions.find(entry.first);
    return found != topic.partitions.end() && found->second.replicas == entry.second;
  });
}

std::vector<std::int32_t> numbers(const std::vector<BrokerId>& ids) {
  std::vector<std::int32_t> values;
  for (const BrokerId id : ids) values.push_back(id.value);
  return values;
}

// As Scala prints the map that Kafka complains about.
std::string print(const Placement& placement) {
  std::vector<std::string> entries;
  for (const auto& [partition, replicas] : placement) {
    entries.push_back(
        fmt::format("{} -> ArrayBuffer({})", partition.value, fmt::join(numbers(replicas), ", ")));
  }
  return fmt::format("HashMap({})", fmt::join(entries, ", "));
}

bool has_duplicate(const std::vector<BrokerId>& ids) {
  return std::set<BrokerId>(ids.begin(), ids.end()).size() != ids.size();
}

bool has_collision_character(std::string_view name) {
  return name.find_first_of("._") != std::string_view::npos;
}

AdminResult<void> check_count(const Growth& growth, std::int32_t now) {
  if (growth.count < now) {
    return refuse(
        ErrorCode::kInvalidPartitions,
        fmt::format("Topic currently has {} partitions, which is higher than the requested {}.",
                    now, growth.count));
  }
  if (growth.count == now) {
    return refuse(ErrorCode::kInvalidPartitions,
                  fmt::format("Topic already has {} partitions.", now));
  }
  return {};
}

AdminResult<void> check_brokers_known(const Growth& growth) {
  std::set<std::int32_t> unknown;
  for (const auto& replicas : *growth.assignments) {
    for (const BrokerId id : replicas) {
      if (std::ranges::find(growth.brokers, id, &BrokerMetadata::id) == growth.brokers.end()) {
        unknown.insert(id.value);
      }
    }
  }
  if (unknown.empty()) return {};
  return refuse(
      ErrorCode::kInvalidReplicaAssignment,
      fmt::format("Unknown broker(s) in replica assignment: {}.", fmt::join(unknown, ", ")));
}

AdminResult<void> check_replicas(const Placement& added, std::size_t replication_factor) {
  std::vector<std::int32_t> odd;
  std::vector<std::size_t> odd_sizes;
  for (const auto& [partition, replicas] : added) {
    if (replicas.empty()) {
      return refuse(
          ErrorCode::kInvalidReplicaAssignment,
          fmt::format("Cannot have replication factor of 0 for partition id {}.", partition.value));
    }
    if (has_duplicate(replicas)) {
      return refuse(
          ErrorCode::kInvalidReplicaAssignment,
          fmt::format(
              "Duplicate brokers not allowed in replica assignment: {} for partition id {}.",
              fmt::join(numbers(replicas), ", "), partition.value));
    }
    if (replicas.size() == replication_factor) continue;
    odd.push_back(partition.value);
    odd_sizes.push_back(replicas.size());
  }
  if (odd.empty()) return {};
  return refuse(
      ErrorCode::kInvalidReplicaAssignment,
      fmt::format("Inconsistent replication factor between partitions, partition 0 has {} while "
                  "partitions [{}] have replication factors [{}], respectively.",
                  replication_factor, fmt::join(odd, ", "), fmt::join(odd_sizes, ", ")));
}

AdminResult<Placement> given_growth(const Growth& growth, std::int32_t now, std::size_t factor) {
  if (const auto known = check_brokers_known(growth); !known) return std::unexpected(known.error());
  if (std::cmp_not_equal(growth.assignments->size(), growth.count - now)) {
    return refuse(
        ErrorCode::kInvalidReplicaAssignment,
        fmt::format("Increasing the number of partitions by {} but {} assignments provided.",
                    growth.count - now, growth.assignments->size()));
  }
  Placement added;
  PartitionIndex next{now};
  for (const auto& replicas : *growth.assignments) {
    added[next] = replicas;
    ++next;
  }
  if (const auto good = check_replicas(added, factor); !good) return std::unexpected(good.error());
  return added;
}

// The new partitions go on where partition 0's first broker would have them.
AdminResult<Placement> placed_growth(const Growth& growth, std::int32_t now,
                                     const std::vector<BrokerId>& first_partition,
                                     env::Random& random) {
  auto brokers = placement_brokers(growth.brokers, RackMode::kEnforced);
  if (!brokers) return std::unexpected(brokers.error());
  PlacementRequest request;
  request.brokers = *std::move(brokers);
  request.partitions = growth.count - now;
  request.replication_factor = static_cast<std::int32_t>(first_partition.size());
  request.first_partition = PartitionIndex{now};
  const BrokerId preferred = first_partition.empty() ? kNoBroker : first_partition.front();
  const auto start = std::ranges::find_if(
      request.brokers, [&](const auto& broker) { return broker.id >= preferred; });
  request.fixed_start = start == request.brokers.end()
                            ? std::size_t{0}
                            : static_cast<std::size_t>(start - request.brokers.begin());
  return place_replicas(request, random);
}

AdminResult<Placement> plan_growth(const Growth& growth, const zk::TopicAssignment& topic,
                                   env::Random& random) {
  const auto reassigning = [](const auto& entry) { return entry.second.reassigning(); };
  if (std::ranges::any_of(topic.partitions, reassigning)) {
    return refuse(
        ErrorCode::kReassignmentInProgress,
        fmt::format("A partition reassignment is in progress for the topic '{}'.", growth.topic));
  }
  const auto now = static_cast<std::int32_t>(topic.partitions.size());
  if (const auto good = check_count(growth, now); !good) return std::unexpected(good.error());
  const auto first = topic.partitions.find(PartitionIndex{0});
  if (first == topic.partitions.end()) {
    return refuse(ErrorCode::kUnknownServerError,
                  fmt::format("Topic '{}' has no partition 0", growth.topic));
  }
  const auto& replicas = first->second.replicas;
  return growth.assignments ? given_growth(growth, now, replicas.size())
                            : placed_growth(growth, now, replicas, random);
}

}  // namespace

AdminResult<void> validate_topic_name(std::string_view name) {
  if (name.empty()) return invalid_name("the empty string is not allowed");
  if (name == "." || name == "..") return invalid_name(fmt::format("'{}' is not allowed", name));
  if (name.size() > kMaxNameLength) {
    return invalid_name(fmt::format("the length of '{}' is longer than the max allowed length {}",
                                    name, kMaxNameLength));
  }
  if (!std::ranges::all_of(name, is_name_character)) {
    return invalid_name(fmt::format(
        "'{}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
        name));
  }
  return {};
}

bool names_collide(std::string_view a, std::string_view b) {
  const auto as_metric = [](char c) { return c == '.' ? '_' : c; };
  return std::ranges::equal(a, b, {}, as_metric, as_metric);
}

AdminResult<void> validate_placement(const Placement& placement) {
  std::set<std::size_t> sizes;
  for (const auto& [partition, replicas] : placement) sizes.insert(replicas.size());
  if (sizes.size() != 1) {
    return refuse(ErrorCode::kInvalidReplicaAssignment,
                  "All partitions should have the same number of replicas");
  }
  const auto repeated = [](const auto& entry) { return has_duplicate(entry.second); };
  if (std::ranges::any_of(placement, repeated)) {
    return refuse(ErrorCode::kInvalidReplicaAssignment,
                  "Duplicate replica assignment found: " + print(placement));
  }
  PartitionIndex next{0};
  for (const auto& [partition, replicas] : placement) {
    if (partition != next) {
      return refuse(ErrorCode::kInvalidReplicaAssignment,
                    "partitions should be a consecutive 0-based integer sequence");
    }
    ++next;
  }
  return {};
}

env::Task<AdminResult<void>> TopicAdmin::check_new(const NewTopic* topic) {
  if (const auto good = validate_topic_name(topic->name); !good) co_return good;
  std::vector<zk::Request> requests;
  requests.push_back(zk::Exists{zk::paths::delete_topic(topic->name), false});
  requests.push_back(zk::Exists{zk::paths::topic(topic->name), false});
  const auto outcomes = co_await client_.submit(std::move(requests));
  for (const zk::Outcome& outcome : outcomes) {
    if (!outcome && outcome.error().error != zk::Error::kNoNode)
      co_return zookeeper_failed(outcome.error().error);
  }
  if (outcomes[0]) {
    co_return refuse(ErrorCode::kTopicAlreadyExists,
                     fmt::format("Topic '{}' is marked for deletion.", topic->name));
  }
  if (outcomes[1]) co_return exists_already(topic->name);
  if (has_collision_character(topic->name)) {
    const auto listed =
        co_await client_.submit_one(zk::GetChildren{zk::paths::kBrokerTopics, false});
    if (!listed) co_return zookeeper_failed(listed.error().error);
    std::vector<std::string> colliding;
    for (const std::string& other : listed->children) {
      if (other == topic->name) co_return exists_already(topic->name);
      if (names_collide(other, topic->name)) colliding.push_back(other);
    }
    if (!colliding.empty()) {
      co_return refuse(ErrorCode::kInvalidTopicException,
                       fmt::format("Topic '{}' collides with existing topics: {}", topic->name,
                                   fmt::join(colliding, ", ")));
    }
  }
  co_return validate_placement(topic->placement);
}

env::Task<AdminResult<void>> TopicAdmin::refuse_existing(std::string topic) {
  const auto found = co_await client_.submit_one(zk::Exists{zk::paths::topic(topic), false});
  if (found) co_return exists_already(topic);
  if (found.error().error != zk::Error::kNoNode) co_return zookeeper_failed(found.error().error);
  co_return AdminResult<void>{};
}

env::Task<AdminResult<TopicId>> TopicAdmin::create_topic(NewTopic topic) {
  const auto good = co_await check_new(&topic);
  if (!good) co_return std::unexpected(good.error());
  if (topic.validate_only) co_return TopicId{};
  const auto configured =
      co_await write_config(&client_, zk::paths::topic_config(topic.name), std::move(topic.config));
  if (!configured) co_return std::unexpected(configured.error());

  zk::TopicAssignment assignment;
  if (topic_ids_) assignment.topic_id = random_topic_id(random_);
  for (auto& [partition, replicas] : topic.placement) {
    assignment.partitions[partition].replicas = std::move(replicas);
  }
  const std::string path = zk::paths::topic(topic.name);
  const auto made = co_await client_.submit_one(zk::Create{path, assignment.encode()});
  if (!made && made.error().error != zk::Error::kNodeExists)
    co_return zookeeper_failed(made.error().error);
  if (!made) {
    // Ours, if it has our id: the reply of the first try was lost. Else somebody was faster.
    const auto read = co_await client_.submit_one(zk::GetData{path, false});
    if (!read) co_return exists_already(topic.name);
    const auto found = zk::TopicAssignment::decode(read->data.value_or(""));
    const bool ours = found && assignment.topic_id && found->topic_id == assignment.topic_id;
    if (!ours) co_return exists_already(topic.name);
  }
  co_return assignment.topic_id.value_or(TopicId{});
}

env::Task<AdminResult<Placement>> TopicAdmin::add_partitions(Growth growth) {
  const std::string path = zk::paths::topic(growth.topic);
  for (Placement tried;;) {
    std::vector<zk::Request> requests;
    requests.push_back(zk::Exists{zk::paths::delete_topic(growth.topic), false});
    requests.push_back(zk::GetData{path, false});
    const auto outcomes = co_await client_.submit(std::move(requests));
    for (const zk::Outcome& outcome : outcomes) {
      if (!outcome && outcome.error().error != zk::Error::kNoNode)
        co_return zookeeper_failed(outcome.error().error);
    }
    if (outcomes[0]) {
      co_return refuse(ErrorCode::kInvalidTopicException, "The topic is queued for deletion.");
    }
    if (!outcomes[1]) {
      co_return refuse(ErrorCode::kUnknownTopicOrPartition,
                       fmt::format("The topic '{}' does not exist.", growth.topic));
    }
    auto topic = zk::TopicAssignment::decode(outcomes[1]->data.value_or(""));
    if (!topic) co_return refuse(ErrorCode::kUnknownServerError, topic.error());
    if (has_grown(*topic, tried)) co_return tried;
    auto added = plan_growth(growth, *topic, random_);
    if (!added || growth.validate_only) co_return added;
    for (const auto& [partition, replicas] : *added)
      topic->partitions[partition].replicas = replicas;
    zk::SetData write{path, topic->encode(), outcomes[1]->stat.version};
    const auto set = co_await client_.submit_one(std::move(write));
    if (set) co_return added;
    if (set.error().error != zk::Error::kBadVersion) co_return zookeeper_failed(set.error().error);
    tried = *std::move(added);
  }
}

env::Task<AdminResult<void>> TopicAdmin::delete_topic(std::string name) {
  const auto found = co_await client_.submit_one(zk::Exists{zk::paths::topic(name), false});
  if (!found && found.error().error != zk::Error::kNoNode)
    co_return zookeeper_failed(found.error().error);
  if (!found) {
    co_return refuse(ErrorCode::kUnknownTopicOrPartition,
                     fmt::format("Topic `{}` to delete does not exist", name));
  }
  const auto marked =
      co_await client_.create_recursive(zk::paths::delete_topic(name), std::nullopt);
  if (!marked && marked.error() != zk::Error::kNodeExists)
    co_return zookeeper_failed(marked.error());
  co_return AdminResult<void>{};
}

TopicId random_topic_id(env::Random& random) {
  constexpr std::uint8_t kDash = 62;  // the digit '-' of URL-safe base64
  for (;;) {
    TopicId id;
    for (std::size_t i = 0; i < id.bytes.size(); i += 8) {
      std::uint64_t bits = random.next();
      for (std::size_t j = 0; j < 8; ++j, bits >>= 8)
        id.bytes[i + j] = static_cast<std::uint8_t>(bits);
    }
    id.bytes[6] =
        static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);  // as Java's UUID.randomUUID
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
    if (id.bytes[0] >> 2 != kDash) return id;  // the reserved ids lack the version bits
  }
}

}  // namespace barnabas::controller
