#include "broker/api/topic_creation.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/config/topic_config.h"
#include "broker/group/offset_records.h"
#include "env/log.h"
#include "env/run_on.h"
#include "protocol/java_text.h"

namespace barnabas::broker::api {
namespace {

using controller::AdminResult;
using controller::refuse;
using protocol::CreateTopicsRequest;
using Creatable = CreateTopicsRequest::CreatableTopic;

constexpr std::int32_t kDefault = -1;

AdminResult<controller::TopicConfig> overrides_of(const Creatable& topic) {
  controller::TopicConfig config;
  std::string nulls;
  for (const auto& entry : topic.configs) {
    if (!entry.value) nulls += (nulls.empty() ? "" : ",") + entry.name;
    config[entry.name] = entry.value.value_or("");
  }
  if (nulls.empty()) return config;
  return refuse(ErrorCode::kInvalidConfig, "Null value not supported for topic configs: " + nulls);
}

std::vector<controller::BrokerMetadata> live_brokers(Services& services) {
  std::vector<controller::BrokerMetadata> brokers;
  for (const auto& broker : services.metadata.snapshot()->live_brokers()) {
    brokers.push_back({broker.id, broker.rack});
  }
  return brokers;
}

AdminResult<controller::Placement> place(Services& services, const Creatable& topic) {
  controller::Placement placement;
  if (!topic.assignments.empty()) {
    if (topic.num_partitions != kDefault || topic.replication_factor != kDefault) {
      return refuse(ErrorCode::kInvalidRequest,
                    "Both numPartitions or replicationFactor and replicasAssignments were set. "
                    "Both cannot be used at the same time.");
    }
    for (const auto& row : topic.assignments) placement[row.partition_index] = row.broker_ids;
    return placement;
  }
  using namespace config;
  controller::PlacementRequest request;
  request.partitions = topic.num_partitions == kDefault ? services.config[key::num_partitions]
                                                        : topic.num_partitions;
  request.replication_factor = topic.replication_factor == kDefault
                                   ? services.config[key::default_replication_factor]
                                   : topic.replication_factor;
  auto brokers = controller::placement_brokers(live_brokers(services), controller::RackMode::kSafe);
  if (!brokers) return std::unexpected(brokers.error());
  request.brokers = *std::move(brokers);
  return controller::place_replicas(request, services.random);
}

AdminResult<controller::NewTopic> plan(Services& services, const Creatable& topic) {
  auto overrides = overrides_of(topic);
  if (!overrides) return std::unexpected(overrides.error());
  auto placement = place(services, topic);
  if (!placement) return std::unexpected(placement.error());
  if (auto named = controller::validate_topic_name(topic.name); !named) {
    return std::unexpected(named.error());
  }
  const config::Properties properties(overrides->begin(), overrides->end());
  if (const auto valid = config::validate_topic(properties, *services.config.get()); !valid) {
    return refuse(ErrorCode::kInvalidConfig, valid.error().text);
  }
  return controller::NewTopic{topic.name, *std::move(placement), *std::move(overrides)};
}

Creatable offsets_topic(const config::Config& config) {
  using namespace config;
  Creatable topic;
  topic.name = group::kOffsetsTopic;
  topic.num_partitions = config[key::offsets_topic_num_partitions];
  topic.replication_factor = config[key::offsets_topic_replication_factor];
  topic.configs = {
      {"cleanup.policy", "compact"},
      {"compression.type", "producer"},
      {"segment.bytes", std::to_string(config[key::offsets_topic_segment_bytes])},
  };
  return topic;
}

Creatable auto_created(const config::Config& config, std::string name) {
  if (name == group::kOffsetsTopic) return offsets_topic(config);
  Creatable topic;
  topic.name = std::move(name);
  topic.num_partitions = kDefault;
  topic.replication_factor = kDefault;
  return topic;
}

// Every client that waits for a coordinator asks again and again; the operator needs it said once.
void tell_about_brokers(Services& services, std::int16_t wanted) {
  const auto alive = services.metadata.snapshot()->live_brokers().size();
  if (services.told_short_of_brokers.exchange(true)) return;
  env::log_error("kafka.server.DefaultAutoTopicCreationManager",
                 "{} cannot be created: {} brokers are alive and it wants {} replicas. Consumer "
                 "groups wait for more brokers; a cluster that shall stay this small needs a lower "
                 "offsets.topic.replication.factor",
                 group::kOffsetsTopic, alive, wanted);
}

// Before all else that may be wrong with the request. Our metadata may still have a topic whose
// deletion was not told us, as we were not registered then: Kafka refuses by that alone, for ever.
env::Task<AdminResult<void>> refuse_known(Services* services, std::string name) {
  if (!services->metadata.snapshot()->topic(name)) co_return AdminResult<void>{};
  auto asking = services->topics.refuse_existing(std::move(name));
  co_return co_await env::run_on<AdminResult<void>>(services->zk_executor, std::move(asking));
}

}  // namespace

std::vector<std::size_t> order_of_creation(std::span<const std::string> names) {
  std::size_t buckets = 16;
  while (names.size() * 4 >= buckets * 3) buckets *= 2;
  struct Place {
    std::size_t bucket;
    std::int32_t hash;  // by which a bucket is sorted
    std::size_t index;
    auto operator<=>(const Place&) const = default;
  };
  std::vector<Place> places;
  for (const std::string& name : names) {
    const std::uint32_t hash = protocol::java_spread(protocol::java_hash(name));
    places.push_back({hash & (buckets - 1), static_cast<std::int32_t>(hash), places.size()});
  }
  std::ranges::sort(places);
  std::vector<std::size_t> order;
  for (const Place& place : places) order.push_back(place.index);
  return order;
}

env::Task<AdminResult<CreatedTopic>> create_topic(Services* services, Creatable topic,
                                                  bool validate_only) {
  const auto unknown = co_await refuse_known(services, topic.name);
  if (!unknown) co_return std::unexpected(unknown.error());
  auto planned = plan(*services, topic);
  if (!planned) co_return std::unexpected(planned.error());
  CreatedTopic created;
  created.partitions = static_cast<std::int32_t>(planned->placement.size());
  if (!planned->placement.empty()) {
    created.replication_factor =
        static_cast<std::int16_t>(planned->placement.begin()->second.size());
  }
  planned->validate_only = validate_only;
  auto writing = services->topics.create_topic(*std::move(planned));
  auto id = co_await env::run_on<AdminResult<TopicId>>(services->zk_executor, std::move(writing));
  if (!id) co_return std::unexpected(id.error());
  created.id = *id;
  co_return created;
}

env::Task<ErrorCode> auto_create_topic(Services* services, std::string name) {
  auto topic = auto_created(*services->config.get(), std::move(name));
  auto making = create_topic(services, topic, false);
  const auto made = co_await std::move(making);
  if (made) co_return ErrorCode::kLeaderNotAvailable;
  switch (made.error().code) {
    case ErrorCode::kTopicAlreadyExists:
    case ErrorCode::kRequestTimedOut: co_return ErrorCode::kLeaderNotAvailable;
    default:
      if (topic.name == group::kOffsetsTopic &&
          made.error().code == ErrorCode::kInvalidReplicationFactor) {
        tell_about_brokers(*services, topic.replication_factor);
        co_return made.error().code;
      }
      env::log_info("kafka.server.DefaultAutoTopicCreationManager",
                    "Auto topic creation failed for {}: {}", topic.name, made.error().message);
      co_return made.error().code;
  }
}

env::Task<bool> wait_for_metadata(Services* services, env::Instant deadline,
                                  std::function<bool(const replica::MetadataSnapshot&)> done) {
  for (bool woken = true;;) {
    env::Signal signal;
    const auto watch = services->metadata.watch(signal);
    const auto snapshot = services->metadata.snapshot();
    if (done(*snapshot)) co_return true;
    if (!woken || services->shutting_down) co_return false;
    woken = co_await signal.wait_until(services->clock, deadline);
  }
}

bool is_internal_topic(std::string_view name) {
  return name == group::kOffsetsTopic || name == "__transaction_state";
}

}  // namespace barnabas::broker::api
