#include "tools/admin/replica_buffer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "protocol/records/batch.h"
#include "tools/java_order.h"

namespace barnabas::tools {
namespace {

// The replica's next batch, if all of it lies below its high watermark.
std::optional<records::BatchView> next_committed(FetchedReplica& replica) {
  const auto batch = records::next_batch(replica.records);
  if (!batch || batch->last_offset() >= replica.high_watermark) return std::nullopt;
  replica.records = replica.records.subspan(batch->size());
  return *batch;
}

std::string other_offset(const TopicPartition& partition, BrokerId first, Offset first_offset,
                         BrokerId other, Offset offset) {
  return fmt::format(": partition {}: replica {}'s offset {} doesn't match replica {}'s offset {}",
                     to_string(partition), first.value, first_offset.value, other.value,
                     offset.value);
}

std::string other_checksum(const TopicPartition& partition, BrokerId first,
                           const records::BatchView& batch, BrokerId other,
                           const records::BatchView& other_batch) {
  return fmt::format(
      ": partition {} has unmatched checksum at offset {}; replica {}'s checksum {}; replica {}'s "
      "checksum {}",
      to_string(partition), batch.last_offset().value, first.value, batch.crc(), other.value,
      other_batch.crc());
}

}  // namespace

ReplicaBuffer::Compared ReplicaBuffer::compare(
    const std::map<TopicPartition, std::vector<FetchedReplica>>& fetched) {
  Compared result;
  lag_ = {};
  std::vector<TopicPartition> partitions;
  for (const auto& [partition, offset] : offsets_) partitions.push_back(partition);
  for (const auto& partition : in_java_order(std::move(partitions))) {
    const auto it = fetched.find(partition);
    const auto replicas = it == fetched.end() ? std::vector<FetchedReplica>{} : it->second;
    compare_partition(partition, replicas, result);
    Offset furthest{-1};
    for (const auto& replica : replicas) furthest = std::max(furthest, replica.high_watermark);
    const auto reached = offsets_.at(partition);
    if (furthest - reached > lag_.records) lag_ = {partition, furthest - reached, reached};
  }
  return result;
}

void ReplicaBuffer::compare_partition(const TopicPartition& partition,
                                      std::vector<FetchedReplica> replicas, Compared& result) {
  while (!replicas.empty()) {
    std::optional<records::BatchView> first;
    for (auto& replica : replicas) {
      const auto batch = next_committed(replica);
      if (!batch) return;
      if (!first) {
        first = batch;
      } else if (batch->last_offset() != first->last_offset()) {
        result.offsets_differ = true;
        result.differences.push_back(other_offset(partition, replicas.front().replica,
                                                  first->last_offset(), replica.replica,
                                                  batch->last_offset()));
        return;
      } else if (batch->crc() != first->crc()) {
        result.differences.push_back(
            other_checksum(partition, replicas.front().replica, *first, replica.replica, *batch));
      }
    }
    offsets_[partition] = first->next_offset();
  }
}

}  // namespace barnabas::tools
