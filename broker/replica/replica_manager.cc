#include "broker/replica/replica_manager.h"

#include <algorithm>
#include <utility>

namespace barnabas::broker::replica {

namespace {

bool is_internal(std::string_view topic) {
  return topic == "__consumer_offsets" || topic == "__transaction_state" ||
         topic == "__share_group_state";
}

log::Appended refused(ErrorCode error) {
  log::Appended appended;
  appended.error = error;
  return appended;
}

}  // namespace

ReplicaManager::ReplicaManager(ReplicaManagerConfig config, log::LogManager* logs,
                               MetadataCache* metadata, env::Clock* clock, env::Disk* disk)
    : config_(std::move(config)), logs_(logs), metadata_(metadata), clock_(clock), disk_(disk) {}

ReplicaManager::~ReplicaManager() = default;

PartitionPtr ReplicaManager::find(std::string_view topic, PartitionIndex partition) const {
  const std::shared_lock lock(mutex_);
  const auto it = partitions_.find(Key{topic, partition});
  return it == partitions_.end() ? nullptr : it->second;
}

Result<PartitionPtr> ReplicaManager::get(std::string_view topic, PartitionIndex partition) const {
  PartitionPtr found = find(topic, partition);
  if (found) {
    if (found->is_offline()) return std::unexpected(ErrorCode::kKafkaStorageError);
    return found;
  }
  const bool elsewhere = metadata_->snapshot()->contains(topic, partition);
  return std::unexpected(elsewhere ? ErrorCode::kNotLeaderOrFollower
                                   : ErrorCode::kUnknownTopicOrPartition);
}

std::vector<PartitionPtr> ReplicaManager::all() const {
  const std::shared_lock lock(mutex_);
  std::vector<PartitionPtr> found;
  found.reserve(partitions_.size());
  for (const auto& [key, partition] : partitions_) found.push_back(partition);
  return found;
}

void ReplicaManager::insert(const PartitionPtr& partition) {
  const TopicPartition& tp = partition->topic_partition();
  const std::unique_lock lock(mutex_);
  partitions_.try_emplace(Key{tp.topic, tp.partition}, partition);
}

ErrorCode ReplicaManager::admit(const PartitionAppend& item, PartitionPtr& partition) const {
  if (item.acks < -1 || item.acks > 1) return ErrorCode::kInvalidRequiredAcks;
  // 3.9 refuses an internal topic only once it knows that the topic is there.
  if (is_internal(item.topic) && !item.internal_allowed) {
    const bool exists = metadata_->snapshot()->contains(item.topic, item.partition);
    return exists ? ErrorCode::kInvalidTopicException : ErrorCode::kUnknownTopicOrPartition;
  }
  auto found = get(item.topic, item.partition);
  if (!found) return found.error();
  partition = std::move(*found);
  return ErrorCode::kNone;
}

std::vector<AppendResult> ReplicaManager::append(std::span<PartitionAppend> items) {
  std::vector<AppendResult> results(items.size());
  std::vector<std::size_t> order;
  order.reserve(items.size());
  for (std::size_t n = 0; n < items.size(); ++n) {
    const ErrorCode error = admit(items[n], results[n].partition);
    if (error == ErrorCode::kNone) {
      order.push_back(n);
    } else {
      results[n].appended = refused(error);
    }
  }
  // Partitions together, and within one the order of the requests: a producer's sequence depends on
  // it.
  const auto by_partition = [&](std::size_t n) {
    return std::pair(reinterpret_cast<std::uintptr_t>(results[n].partition.get()), n);
  };
  std::ranges::sort(order, {}, by_partition);
  for (std::size_t from = 0; from < order.size();) {
    std::size_t to = from + 1;
    const auto same = [&](std::size_t n) {
      return results[order[n]].partition == results[order[from]].partition &&
             items[order[n]].acks == items[order[from]].acks;
    };
    while (to < order.size() && same(to)) ++to;
    append_run(items, std::span(order).subspan(from, to - from), results);
    from = to;
  }
  return results;
}

// One lock, one write: all of one partition, all with the same acks.
void ReplicaManager::append_run(std::span<PartitionAppend> items, std::span<const std::size_t> run,
                                std::vector<AppendResult>& results) {
  std::vector<log::Appendable> sets;
  sets.reserve(run.size());
  for (const std::size_t n : run) sets.push_back(items[n].set);
  const std::int16_t acks = items[run.front()].acks;
  Partition& partition = *results[run.front()].partition;
  auto outcome =
      partition.append_as_leader(sets, acks, Timestamp{clock_->wall().count()}, clock_->now());
  for (std::size_t n = 0; n < run.size(); ++n) {
    AppendResult& result = results[run[n]];
    result.appended = outcome ? std::move(outcome->appended[n]) : refused(outcome.error());
    // As 3.9: of the refusals before the append this one alone says where the log starts.
    if (result.appended.error == ErrorCode::kNotEnoughReplicas) {
      result.appended.log_start_offset = partition.log_start_offset();
    }
    const bool waits = acks == -1 && result.appended.error == ErrorCode::kNone;
    if (waits) result.required = result.appended.last_offset + 1;
  }
}

// Only the leader sends its readers elsewhere, and only to who is alive and can be reached by them.
BrokerId ReplicaManager::preferred_replica(const Partition& partition, const Reader& reader,
                                           Offset from) const {
  if (config_.selector != ReplicaSelector::kRackAware || reader.rack.empty()) return kNoBroker;
  const auto metadata = metadata_->snapshot();
  auto followers = partition.followers_with(from);
  std::erase_if(followers, [&](ReadableReplica& follower) {
    const LiveBroker* broker = metadata->broker(follower.id);
    const bool reachable = broker && broker->endpoint(reader.listener);
    if (reachable) follower.rack = broker->rack;
    return !reachable;
  });
  const LiveBroker* self = metadata->broker(config_.self);
  const auto own_rack = self ? self->rack : std::nullopt;
  return select_by_rack(reader.rack, own_rack, followers).value_or(kNoBroker);
}

ReadResult ReplicaManager::read_one(const Reader& reader, const PartitionFetch& item,
                                    FetchLimits limits, bool min_one_batch, ReadSource& source) {
  ReadResult failed;
  const auto partition = get(item.topic, item.partition);
  if (!partition) {
    failed.error = partition.error();
    return failed;
  }
  source = {*partition, (*partition)->changes()};
  const auto ours = (*partition)->topic_id();
  if (!item.topic_id.is_zero() && ours && *ours != item.topic_id) {
    failed.error = ErrorCode::kInconsistentTopicId;
    return failed;
  }
  const std::int32_t max_bytes = std::min(item.max_bytes, limits.max_bytes);
  if (max_bytes < 0) {
    failed.error = ErrorCode::kUnknownServerError;
    return failed;
  }
  const BrokerId elsewhere = preferred_replica(**partition, reader, item.fetch_offset);
  if (elsewhere != kNoBroker) {
    ReadResult result = (*partition)->read_nothing(item.current_leader_epoch);
    result.preferred_replica = result.error == ErrorCode::kNone ? elsewhere : kNoBroker;
    return result;
  }
  const ReadFrom from{.offset = item.fetch_offset,
                      .follower_log_start = item.follower_log_start,
                      .current_leader_epoch = item.current_leader_epoch,
                      .last_fetched_epoch = item.last_fetched_epoch,
                      .max_bytes = static_cast<std::uint32_t>(max_bytes),
                      .min_one_batch = min_one_batch};
  ReadResult result = (*partition)->read(reader, from, clock_->now());
  // Part of a batch is of no use to a client that knows of whole-batch answers (KIP-74).
  if (result.first_batch_cut && !limits.hard) result.records = {};
  source.held_back = holds_back(**partition, reader);
  if (source.held_back) result.records = {};
  return result;
}

// A follower that catches up is what a limit is meant for. One in the ISR is never held back: all
// producers would wait for it.
bool ReplicaManager::holds_back(const Partition& partition, const Reader& reader) const {
  quota::ReplicationQuota* quota = config_.leader_quota;
  if (quota == nullptr || !reader.is_follower() || !quota->is_exceeded()) return false;
  const TopicPartition& tp = partition.topic_partition();
  return quota->is_throttled(tp.topic, tp.partition) &&
         std::ranges::count(partition.isr(), reader.replica_id) == 0;
}

ReadResults ReplicaManager::read(const Reader& reader, std::span<const PartitionFetch> items,
                                 FetchLimits limits) {
  ReadResults results;
  results.partitions.resize(items.size());
  results.sources.resize(items.size());
  const auto all = [](const ReadSource&, const ReadResult&) { return true; };
  read_where(reader, items, limits, results, all);
  return results;
}

void ReplicaManager::read_again(const Reader& reader, std::span<const PartitionFetch> items,
                                FetchLimits limits, ReadResults& results) {
  const auto changed = [&](const ReadSource& source, const ReadResult& result) {
    return may_have_changed(reader, source, result);
  };
  read_where(reader, items, limits, results, changed);
}

// Where there were records, or a limit in their way, how many may be given now is to be seen. How
// far followers are, which says where a reader is sent, does not count as a change.
bool ReplicaManager::may_have_changed(const Reader& reader, const ReadSource& source,
                                      const ReadResult& result) const {
  const bool sends_readers = config_.selector == ReplicaSelector::kRackAware;
  return !source.partition || source.held_back || result.records.length > 0 ||
         (sends_readers && !reader.rack.empty()) || source.partition->changes() != source.changes;
}

template <class Wanted>
void ReplicaManager::read_where(const Reader& reader, std::span<const PartitionFetch> items,
                                FetchLimits limits, ReadResults& results, Wanted wanted) {
  results.summary = {};
  // The first batch found is given whole, whatever the limits: else a large one would stop the
  // consumer.
  bool min_one_batch = !limits.hard;
  for (std::size_t n = 0; n < items.size(); ++n) {
    ReadResult& result = results.partitions[n];
    ReadSource& source = results.sources[n];
    if (wanted(source, result)) {
      source = {};
      result = read_one(reader, items[n], limits, min_one_batch, source);
    }
    const std::uint32_t bytes = result.records.length;
    if (bytes > 0) min_one_batch = false;
    const std::int64_t left = std::int64_t{limits.max_bytes} - bytes;
    if (bytes > 0) limits.max_bytes = static_cast<std::int32_t>(std::max<std::int64_t>(0, left));
    results.summary.bytes += bytes;
    results.summary.error |= result.error != ErrorCode::kNone;
    results.summary.elsewhere |= result.preferred_replica != kNoBroker;
    results.summary.diverging |= result.diverging.has_value();
  }
}

Result<Deletion> ReplicaManager::delete_records(std::string_view topic, PartitionIndex partition,
                                                Offset before) {
  if (is_internal(topic)) return std::unexpected(ErrorCode::kInvalidTopicException);
  auto found = get(topic, partition);
  if (!found) return std::unexpected(found.error());
  const auto state = (*found)->delete_records(before);
  if (!state) return std::unexpected(state.error());
  return Deletion{*std::move(found), state->required};
}

bool ReplicaManager::settle_isr_change(const IsrChange& change, const IsrAnswer& answer) {
  const PartitionPtr partition = find(change.tp.topic, change.tp.partition);
  return partition && partition->settle_isr_change(change, answer, clock_->now());
}

void ReplicaManager::maybe_shrink_isr() {
  for (const PartitionPtr& partition : all()) partition->maybe_shrink_isr(clock_->now());
}

void ReplicaManager::checkpoint_high_watermarks() {
  if (!controlled_.load()) return;
  std::map<TopicPartition, Offset> values;
  for (const PartitionPtr& partition : all()) {
    if (partition->is_offline() || !partition->log()) continue;
    values.emplace(partition->topic_partition(), partition->high_watermark());
  }
  logs_->checkpoint_high_watermarks(values);
}

std::vector<TopicPartition> ReplicaManager::handle_directory_failure(const std::string& directory) {
  const std::string prefix = directory.ends_with('/') ? directory : directory + "/";
  std::vector<TopicPartition> failed;
  for (const PartitionPtr& partition : all()) {
    const auto log = partition->log();
    if (!log || !log->directory().starts_with(prefix)) continue;
    partition->mark_offline();
    failed.push_back(partition->topic_partition());
  }
  return failed;
}

Offset ReplicaManager::high_watermark(const TopicPartition& tp) const {
  const PartitionPtr partition = find(tp.topic, tp.partition);
  return partition ? partition->high_watermark() : Offset{0};
}

}  // namespace barnabas::broker::replica
