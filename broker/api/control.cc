// LeaderAndIsr 0-7, StopReplica 0-4, UpdateMetadata 0-8: what the controller tells this broker.
#include <set>

#include "broker/api/handlers.h"
#include "broker/group/coordinator.h"
#include "broker/replica/control_messages.h"

namespace barnabas::broker::api {
namespace {

std::vector<std::string> topics_of(const replica::LeaderAndIsrCommand& command) {
  std::vector<std::string> topics;
  for (const auto& item : command.partitions) {
    if (topics.empty() || topics.back() != item.tp.topic) topics.push_back(item.tp.topic);
  }
  return topics;
}

// A replica that is made here gets the topic's configuration of today: the topic may be another one
// of the same name.
std::vector<std::string> new_topics(Services& services,
                                    const replica::LeaderAndIsrCommand& command) {
  std::set<std::string> topics;
  for (const auto& item : command.partitions) {
    const bool made =
        item.state.is_new && !services.replicas.find(item.tp.topic, item.tp.partition);
    if (made) topics.insert(item.tp.topic);
  }
  return {topics.begin(), topics.end()};
}

std::vector<TopicPartition> names_of(const std::vector<replica::PartitionPtr>& partitions) {
  std::vector<TopicPartition> names;
  for (const auto& partition : partitions) names.push_back(partition->topic_partition());
  return names;
}

}  // namespace

env::Task<protocol::LeaderAndIsrResponse> handle_leader_and_isr(
    Services* services, RequestContext context, protocol::LeaderAndIsrRequest request) {
  const auto command = replica::to_command(request);
  co_await services->topic_configs.fetch(new_topics(*services, command));
  co_await services->topic_configs.fetch_missing(topics_of(command));
  const auto result = co_await services->replicas.become_leader_or_follower(command);
  services->fetchers.stop(names_of(result.leaders));
  services->fetchers.follow(result.followers);
  services->mover.move(result.moving);
  services->groups.lead(result.leaders);
  services->groups.follow(result.followers);
  co_return replica::to_response(command, result, context.version());
}

env::Task<protocol::StopReplicaResponse> handle_stop_replica(Services* services,
                                                             RequestContext context,
                                                             protocol::StopReplicaRequest request) {
  auto command = replica::to_command(request, context.version());
  const auto result = co_await services->replicas.stop_replica(std::move(command));
  services->fetchers.stop(result.stopped);
  services->mover.stop(result.stopped);
  services->groups.resign(result.stopped);
  co_return replica::to_response(result);
}

protocol::UpdateMetadataResponse handle_update_metadata(Services& services, const RequestContext&,
                                                        protocol::UpdateMetadataRequest request) {
  const auto command = replica::to_command(request);
  const auto result = services.replicas.update_metadata(command);
  services.fetchers.follow(result.followers);
  services.groups.follow(result.followers);
  services.groups.forget(result.removed);
  services.groups.heed_metadata();
  return replica::to_response(result);
}

}  // namespace barnabas::broker::api
