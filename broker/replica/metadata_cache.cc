#include "broker/replica/metadata_cache.h"

#include <algorithm>
#include <unordered_map>

namespace barnabas::broker::replica {

namespace {

std::size_t shard_of(std::string_view name) { return std::hash<std::string_view>{}(name); }
std::size_t shard_of(const TopicId& id) { return std::hash<TopicId>{}(id); }

const std::string& by_name(const TopicPtr& topic) { return topic->name(); }
const TopicId& by_id(const TopicPtr& topic) { return topic->id(); }

// An index (by name or by id) being changed: copies each shard it touches once.
template <class Shards, class Shard, auto key_of>
class Editor {
 public:
  explicit Editor(Shards& shards) : shards_(shards) {}

  template <class Key>
  void put(const Key& key, const TopicPtr& topic) {
    Shard& shard = open(key);
    const auto it = std::ranges::lower_bound(shard, key, {}, key_of);
    if (it != shard.end() && key_of(*it) == key) {
      *it = topic;
    } else {
      shard.insert(it, topic);
    }
  }
  template <class Key>
  void erase(const Key& key) {
    Shard& shard = open(key);
    const auto it = std::ranges::lower_bound(shard, key, {}, key_of);
    if (it != shard.end() && key_of(*it) == key) shard.erase(it);
  }

 private:
  template <class Key>
  Shard& open(const Key& key) {
    const std::size_t n = shard_of(key) % shards_.size();
    std::shared_ptr<Shard>& copy = open_[n];
    if (!copy) {
      copy = shards_[n] ? std::make_shared<Shard>(*shards_[n]) : std::make_shared<Shard>();
      shards_[n] = copy;
    }
    return *copy;
  }
  Shards& shards_;
  std::unordered_map<std::size_t, std::shared_ptr<Shard>> open_;
};

// A broker that was out of reach while the topic was deleted hears only of the next of its name.
bool is_remade(const TopicMetadata* old, const TopicUpdate& update) {
  return old != nullptr && !old->id().is_zero() && !update.id.is_zero() && old->id() != update.id;
}

template <class Shards, class Key, class KeyOf>
TopicPtr look_up(const Shards& shards, const Key& key, KeyOf key_of) {
  const auto& shard = shards[shard_of(key) % shards.size()];
  if (!shard) return nullptr;
  const auto it = std::ranges::lower_bound(*shard, key, {}, key_of);
  return it != shard->end() && key_of(*it) == key ? *it : nullptr;
}

}  // namespace

const BrokerEndpoint* LiveBroker::endpoint(std::string_view listener) const {
  const auto it = std::ranges::find(endpoints, listener, &BrokerEndpoint::listener);
  return it == endpoints.end() ? nullptr : &*it;
}

PartitionView TopicMetadata::at(std::size_t n) const {
  const Slot& slot = slots_[n];
  const std::span<const BrokerId> ids(ids_);
  return {slot.index,
          slot.controller_epoch,
          slot.leader,
          slot.leader_epoch,
          slot.partition_epoch,
          ids.subspan(slot.ids, slot.replicas),
          ids.subspan(slot.ids + slot.replicas, slot.isr),
          ids.subspan(slot.ids + slot.replicas + slot.isr, slot.offline)};
}

std::optional<PartitionView> TopicMetadata::find(PartitionIndex index) const {
  const auto it = std::ranges::lower_bound(slots_, index, {}, &Slot::index);
  if (it == slots_.end() || it->index != index) return std::nullopt;
  return at(static_cast<std::size_t>(it - slots_.begin()));
}

void TopicMetadata::add(const PartitionView& p) {
  slots_.push_back({p.index, p.controller_epoch, p.leader, p.leader_epoch, p.partition_epoch,
                    static_cast<std::uint32_t>(ids_.size()),
                    static_cast<std::uint16_t>(p.replicas.size()),
                    static_cast<std::uint16_t>(p.isr.size()),
                    static_cast<std::uint16_t>(p.offline_replicas.size())});
  for (const auto ids : {p.replicas, p.isr, p.offline_replicas}) {
    ids_.insert(ids_.end(), ids.begin(), ids.end());
  }
}

std::shared_ptr<const TopicMetadata> TopicMetadata::merge(const TopicMetadata* old,
                                                          const TopicUpdate& update) {
  // The last word on an index counts; a controller names each once.
  std::map<PartitionIndex, const PartitionUpdate*> named;
  for (const PartitionUpdate& partition : update.partitions) named[partition.index] = &partition;

  auto merged = std::make_shared<TopicMetadata>();
  merged->name_ = update.name;
  merged->id_ = update.id.is_zero() && old ? old->id_ : update.id;
  merged->slots_.reserve(named.size() + (old ? old->size() : 0));
  auto next = named.begin();
  const auto take_named = [&] {
    const PartitionUpdate& p = *(next++)->second;
    if (p.leader == kLeaderDuringDelete) return;
    merged->add({p.index, p.controller_epoch, p.leader, p.leader_epoch, p.partition_epoch,
                 p.replicas, p.isr, p.offline_replicas});
  };
  for (std::size_t n = 0; old && n < old->size(); ++n) {
    const PartitionView kept = old->at(n);
    while (next != named.end() && next->first < kept.index) take_named();
    if (next != named.end() && next->first == kept.index) {
      take_named();
    } else {
      merged->add(kept);
    }
  }
  while (next != named.end()) take_named();
  if (merged->slots_.empty()) return nullptr;
  merged->slots_.shrink_to_fit();
  merged->ids_.shrink_to_fit();
  return merged;
}

const LiveBroker* MetadataSnapshot::broker(BrokerId id) const {
  const auto it = std::ranges::lower_bound(*brokers_, id, {}, &LiveBroker::id);
  return it == brokers_->end() || it->id != id ? nullptr : &*it;
}

TopicPtr MetadataSnapshot::topic(std::string_view name) const {
  return look_up(by_name_, name, by_name);
}

TopicPtr MetadataSnapshot::topic(const TopicId& id) const {
  return id.is_zero() ? nullptr : look_up(by_id_, id, by_id);
}

std::optional<TopicId> MetadataSnapshot::topic_id(std::string_view name) const {
  const TopicPtr found = topic(name);
  if (!found || found->id().is_zero()) return std::nullopt;
  return found->id();
}

std::optional<std::string> MetadataSnapshot::topic_name(const TopicId& id) const {
  const TopicPtr found = topic(id);
  if (!found) return std::nullopt;
  return found->name();
}

void MetadataSnapshot::for_each_topic(const std::function<void(const TopicMetadata&)>& fn) const {
  for (const auto& shard : by_name_) {
    if (!shard) continue;
    for (const TopicPtr& topic : *shard) fn(*topic);
  }
}

bool MetadataSnapshot::contains(std::string_view name, PartitionIndex partition) const {
  const TopicPtr found = topic(name);
  return found && found->find(partition).has_value();
}

bool MetadataSnapshot::has_leaders(std::string_view name, std::size_t count) const {
  const TopicPtr found = topic(name);
  if (!found) return false;
  for (std::size_t n = 0; n < count; ++n) {
    const auto partition = found->find(PartitionIndex{static_cast<std::int32_t>(n)});
    if (!partition || !alive(partition->leader)) return false;
  }
  return true;
}

PartitionMetadata MetadataSnapshot::describe(const PartitionView& partition,
                                             std::string_view listener, bool unavailable_endpoints,
                                             bool unavailable_listeners) const {
  const auto reachable = [&](BrokerId id) {
    const LiveBroker* found = broker(id);
    return found && found->endpoint(listener);
  };
  const auto visible = [&](std::span<const BrokerId> ids) {
    std::vector<BrokerId> kept(ids.begin(), ids.end());
    if (unavailable_endpoints) std::erase_if(kept, [&](BrokerId id) { return !reachable(id); });
    return kept;
  };
  PartitionMetadata out;
  out.index = partition.index;
  out.leader_epoch = partition.leader_epoch;
  out.replicas = visible(partition.replicas);
  out.isr = visible(partition.isr);
  out.offline_replicas.assign(partition.offline_replicas.begin(), partition.offline_replicas.end());
  if (!reachable(partition.leader)) {
    const bool without_listener = unavailable_listeners && alive(partition.leader);
    out.error = without_listener ? ErrorCode::kListenerNotFound : ErrorCode::kLeaderNotAvailable;
    return out;
  }
  out.leader = partition.leader;
  const bool complete =
      out.replicas.size() == partition.replicas.size() && out.isr.size() == partition.isr.size();
  if (!complete) out.error = ErrorCode::kReplicaNotAvailable;
  return out;
}

MetadataCache::MetadataCache() {
  auto empty = std::make_shared<MetadataSnapshot>();
  empty->brokers_ = std::make_shared<const std::vector<LiveBroker>>();
  current_.store(std::move(empty));
}

MetadataPtr MetadataCache::snapshot() const { return current_.load(); }

std::vector<TopicPartition> MetadataCache::update(const MetadataUpdate& update) {
  std::vector<TopicPartition> removed;
  {
    const std::lock_guard lock(update_);
    auto next = std::make_shared<MetadataSnapshot>(*current_.load());
    next->controller_id_ = update.controller_id;
    next->controller_epoch_ = update.controller_epoch;
    auto brokers = update.live_brokers;
    std::ranges::sort(brokers, {}, &LiveBroker::id);
    next->brokers_ = std::make_shared<const std::vector<LiveBroker>>(std::move(brokers));
    merge_topics(*next, update.topics, removed);
    current_.store(std::move(next));
  }
  watchers_.notify(kLeadership);
  return removed;
}

std::vector<TopicPartition> MetadataCache::forget(const TopicMetadata& topic) {
  TopicUpdate gone{topic.name(), topic.id(), {}};
  for (std::size_t n = 0; n < topic.size(); ++n) {
    gone.partitions.push_back({.index = topic.at(n).index, .leader = kLeaderDuringDelete});
  }
  std::vector<TopicPartition> removed;
  {
    const std::lock_guard lock(update_);
    auto next = std::make_shared<MetadataSnapshot>(*current_.load());
    const auto known = next->topic(topic.name());
    if (!known || known->id() != topic.id()) return {};
    merge_topics(*next, {gone}, removed);
    current_.store(std::move(next));
  }
  watchers_.notify(kLeadership);
  return removed;
}

void MetadataCache::merge_topics(MetadataSnapshot& next, const std::vector<TopicUpdate>& topics,
                                 std::vector<TopicPartition>& removed) {
  using Shard = MetadataSnapshot::Shard;
  Editor<MetadataSnapshot::Shards, Shard, by_name> names(next.by_name_);
  Editor<MetadataSnapshot::Shards, Shard, by_id> ids(next.by_id_);
  for (const TopicUpdate& topic : topics) {
    const TopicPtr old = next.topic(topic.name);
    for (const PartitionUpdate& p : topic.partitions) {
      if (p.leader == kLeaderDuringDelete) removed.push_back({topic.name, p.index});
    }
    const bool remade = is_remade(old.get(), topic);
    for (std::size_t n = 0; remade && n < old->size(); ++n) {
      removed.push_back({topic.name, old->at(n).index});
    }
    const TopicPtr merged = TopicMetadata::merge(remade ? nullptr : old.get(), topic);
    if (old && !old->id().is_zero() && (!merged || merged->id() != old->id())) ids.erase(old->id());
    if (merged && !merged->id().is_zero()) ids.put(merged->id(), merged);
    if (merged) {
      names.put(topic.name, merged);
    } else if (old) {
      names.erase(topic.name);
    }
    next.topics_ += (merged ? 1 : 0) - (old ? 1 : 0);
    next.partitions_ += (merged ? merged->size() : 0) - (old ? old->size() : 0);
  }
}

}  // namespace barnabas::broker::replica
