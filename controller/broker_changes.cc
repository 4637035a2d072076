// Brokers that come, go, come back under a new epoch, or change their endpoints (facts 2.7).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <ranges>
#include <utility>

#include "controller/loggers.h"
#include "controller/role.h"
#include "controller/topic_deletion.h"
#include "env/log.h"
#include "zk/paths.h"

namespace barnabas::controller {
namespace {

std::optional<BrokerId> parse_id(const std::string& name) {
  BrokerId id;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id.value);
  if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return id;
}

std::vector<BrokerId> as_vector(const std::set<BrokerId>& ids) { return {ids.begin(), ids.end()}; }

struct Changes {
  std::set<BrokerId> joined;
  std::set<BrokerId> bounced;  // registered again before we saw it gone
  std::set<BrokerId> dead;
};

Changes compare(const Context& context, const std::map<BrokerId, LiveBroker>& now) {
  Changes changes;
  for (const auto& [id, broker] : now) {
    const LiveBroker* known = context.broker(id);
    if (known == nullptr) {
      changes.joined.insert(id);
    } else if (broker.epoch > known->epoch) {
      changes.bounced.insert(id);
    }
  }
  for (const auto& [id, broker] : context.brokers()) {
    if (!now.contains(id)) changes.dead.insert(id);
  }
  return changes;
}

}  // namespace

// Lists (and watches) the ids, then reads each; who went in between is left out.
env::Task<std::map<BrokerId, LiveBroker>> Role::read_brokers() {
  const auto names = co_await store_.children(zk::paths::kBrokerIds, true);
  std::vector<BrokerId> ids;
  std::vector<std::string> paths;
  for (const std::string& name : names) {
    if (const auto id = parse_id(name)) {
      ids.push_back(*id);
      paths.push_back(zk::paths::broker(*id));
    }
  }
  const auto nodes = co_await store_.get_all(std::move(paths), false);
  std::map<BrokerId, LiveBroker> brokers;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i]) continue;
    auto registration = zk::BrokerRegistration::decode(nodes[i]->data.value_or(""));
    if (!registration) {
      env::log_error(kControllerLog,
                     "[Controller id={}] The registration of broker {} cannot be read: {}",
                     config_.broker_id.value, ids[i].value, registration.error());
      continue;
    }
    brokers.emplace(ids[i],
                    LiveBroker{*std::move(registration), BrokerEpoch{nodes[i]->stat.czxid}});
  }
  co_return brokers;
}

env::Task<void> Role::watch_brokers(std::set<BrokerId> ids) {
  std::vector<std::string> paths;
  for (const BrokerId id : ids) {
    paths.push_back(zk::paths::broker(id));
    watch(paths.back(), zk::EventType::kDataChanged, events::BrokerModified{id});
  }
  co_await store_.watch_existence(std::move(paths));
}

void Role::add_sender(BrokerId id, const LiveBroker& broker) {
  senders_.erase(id);
  const std::string& listener = config_.control_plane_listener.empty()
                                    ? config_.inter_broker_listener
                                    : config_.control_plane_listener;
  const zk::BrokerEndpoint* endpoint = endpoint_of(broker.registration, listener);
  if (endpoint == nullptr) {
    env::log_error(kControllerLog,
                   "[Controller id={}] Broker {} has no listener {}: nothing can be sent to it",
                   config_.broker_id.value, id.value, listener);
    return;
  }
  const events::Answerer from{term_.epoch, id, broker.epoch};
  BrokerSender::Ears ears;
  ears.deleted = [post = ports_.post, from](std::map<TopicPartition, ErrorCode> results) {
    post(events::ReplicasDeleted{from, std::move(results)});
  };
  ears.offline = [post = ports_.post, from](std::set<TopicPartition> replicas) {
    post(events::ReplicasOffline{from, std::move(replicas)});
  };
  ears.answered = [this] { news_.set(); };
  Speaker speaker{config_.broker_id, term_.epoch, config_.ibp, config_.inter_broker_listener};
  env::Address address{endpoint->host, static_cast<std::uint16_t>(endpoint->port)};
  senders_.emplace(id, std::make_unique<BrokerSender>(ports_.sender, std::move(speaker),
                                                      std::move(address), std::move(ears)));
}

bool Role::is_current(const events::Answerer& from) const {
  const LiveBroker* broker = context_.broker(from.broker);
  return from.term == term_.epoch && broker != nullptr && broker->epoch == from.registration;
}

env::Task<void> Role::handle(events::BrokersChanged) {
  const auto now = co_await read_brokers();
  const Changes changes = compare(context_, now);
  env::log_info(
      kControllerLog,
      "[Controller id={}] Newly added brokers: {}, deleted brokers: {}, bounced brokers: {}",
      config_.broker_id.value, changes.joined.size(), changes.dead.size(), changes.bounced.size());
  for (const BrokerId id : changes.joined) add_sender(id, now.at(id));
  for (const BrokerId id : changes.bounced) add_sender(id, now.at(id));
  for (const BrokerId id : changes.dead) senders_.erase(id);

  for (const BrokerId id : changes.joined) context_.add_broker(id, now.at(id));
  if (!changes.joined.empty()) co_await brokers_started(changes.joined);
  if (!changes.bounced.empty()) {
    for (const BrokerId id : changes.bounced) context_.remove_broker(id);
    co_await brokers_failed(changes.bounced);
    for (const BrokerId id : changes.bounced) context_.add_broker(id, now.at(id));
    co_await brokers_started(changes.bounced);
  }
  for (const BrokerId id : changes.dead) context_.remove_broker(id);
  if (!changes.dead.empty()) co_await brokers_failed(changes.dead);
}

// The others learn of the newcomers, the newcomers of everything, and of what they host.
env::Task<void> Role::brokers_started(std::set<BrokerId> ids) {
  std::vector<BrokerId> others = context_.broker_ids();
  std::erase_if(others, [&](BrokerId id) { return ids.contains(id); });
  changes_.update_metadata(std::move(others), {});
  changes_.update_metadata(as_vector(ids), context_.partitions_with_leaders());

  auto hosted = context_.replicas_on(ids);
  std::set<std::string> topics;
  for (const Replica& replica : hosted) topics.insert(replica.partition.topic);
  co_await changes_.replicas(std::move(hosted), ReplicaState::kOnline);
  auto waiting = context_.partitions_to_bring_online();
  co_await changes_.partitions(std::move(waiting), PartitionState::kOnline);
  auto moves = context_.partitions_reassigning();
  std::erase_if(moves, [&](const TopicPartition& tp) {
    const auto target = target_replicas(context_.partition(tp)->assignment);
    return std::ranges::none_of(target, [&](BrokerId id) { return ids.contains(id); });
  });
  co_await resume_reassignments(std::move(moves));
  if (resume_deletion(context_, topics)) co_await try_deletions();
  co_await watch_brokers(std::move(ids));
}

env::Task<void> Role::brokers_failed(std::set<BrokerId> ids) {
  auto replicas = context_.replicas_on(ids);
  co_await replicas_went_offline(std::move(replicas));
  for (const BrokerId id : ids) unwatch(zk::paths::broker(id));
}

env::Task<void> Role::replicas_went_offline(std::vector<Replica> replicas) {
  std::vector<Replica> of_deleted;
  std::erase_if(replicas, [&](const Replica& replica) {
    if (!context_.being_deleted(replica.partition.topic)) return false;
    of_deleted.push_back(replica);
    return true;
  });
  const bool any = !replicas.empty();
  auto leaderless = context_.partitions_with_offline_leader();
  co_await changes_.partitions(std::move(leaderless), PartitionState::kOffline);
  auto waiting = context_.partitions_to_bring_online();
  const auto elected = co_await changes_.partitions(std::move(waiting), PartitionState::kOnline);
  co_await changes_.replicas(std::move(replicas), ReplicaState::kOffline);
  if (!of_deleted.empty()) co_await replica_deletion_failed(std::move(of_deleted));
  // Nothing above told anybody that the brokers have gone.
  if (!any && elected.empty()) changes_.update_metadata(context_.broker_ids(), {});
}

env::Task<void> Role::handle(events::BrokerModified event) {
  const std::string path = zk::paths::broker(event.broker);
  const auto node = co_await store_.get(path, true);
  const LiveBroker* known = context_.broker(event.broker);
  if (!node || known == nullptr) co_return;
  auto registration = zk::BrokerRegistration::decode(node->data.value_or(""));
  if (!registration) co_return;
  const bool same = registration->endpoints == known->registration.endpoints &&
                    registration->features == known->registration.features;
  if (same) co_return;
  context_.set_registration(event.broker, *std::move(registration));
  changes_.update_metadata(context_.broker_ids(), {});
}

}  // namespace barnabas::controller
