#include "broker/group/loader.h"

#include <algorithm>

#include "env/log.h"
#include "protocol/records/control.h"
#include "protocol/records/record_reader.h"

namespace barnabas::broker::group {
namespace {

constexpr auto kLogger = "kafka.coordinator.group.GroupMetadataManager";

}  // namespace

void GroupRecords::add(env::Bytes batches) {
  while (!batches.empty()) {
    const auto batch = records::next_batch(batches);
    if (!batch) return;
    add_batch(*batch);
    next_ = batch->next_offset();
    batches = batches.subspan(batch->size());
  }
}

void GroupRecords::add_batch(const records::BatchView& batch) {
  if (batch.is_control()) return end_transaction(batch);
  const auto read = records::for_each_record(batch, [&](const records::Record& record) {
    add_record(batch, record);
    return true;
  });
  if (read) return;
  env::log_error(kLogger, "Records from offset {} on cannot be read and are left out: {}",
                 batch.base_offset().value, read.error().text);
}

void GroupRecords::add_record(const records::BatchView& batch, const records::Record& record) {
  auto key = record.key ? decode_key(*record.key) : Decoded<Key>(UnknownKey{-1});
  if (!key) {
    env::log_error(kLogger, "The key of the record at offset {} cannot be read",
                   record.offset.value);
  } else if (auto* offset = std::get_if<OffsetKey>(&*key)) {
    add_offset(batch, record, std::move(*offset));
  } else if (const auto* group = std::get_if<GroupKey>(&*key)) {
    add_group(record, *group);
  }
}

void GroupRecords::add_offset(const records::BatchView& batch, const records::Record& record,
                              OffsetKey key) {
  Write write{std::move(key), std::nullopt, record.offset};
  if (record.value) {
    auto committed = decode_offset(*record.value);
    if (!committed) {
      env::log_error(kLogger, "The committed offset at offset {} cannot be read",
                     record.offset.value);
      return;
    }
    write.value = *std::move(committed);
  }
  if (!batch.is_transactional()) return apply(std::move(write));
  open_[batch.producer_id()].push_back(std::move(write));
}

void GroupRecords::add_group(const records::Record& record, const GroupKey& key) {
  auto& metadata = groups_[key.group].metadata;
  if (!record.value) {
    metadata.reset();
    return;
  }
  auto value = decode_group(*record.value);
  if (value) {
    metadata = *std::move(value);
    return;
  }
  env::log_error(kLogger, "The metadata of group {} at offset {} cannot be read", key.group,
                 record.offset.value);
}

void GroupRecords::end_transaction(const records::BatchView& batch) {
  std::optional<records::EndTxnMarker> marker;
  const auto read = records::for_each_record(batch, [&](const records::Record& record) {
    marker = records::parse_end_txn_marker(record);
    return false;
  });
  if (!read || !marker) return;
  auto ended = open_.extract(batch.producer_id());
  if (ended.empty() || marker->type != records::ControlType::kCommit) return;
  for (auto& write : ended.mapped()) apply(std::move(write));
}

void GroupRecords::apply(Write write) {
  auto& offsets = groups_[write.key.group].offsets;
  if (write.value) {
    offsets.load(write.key.tp, *std::move(write.value), write.at);
  } else {
    offsets.remove(std::span(&write.key.tp, 1));
  }
}

LoadedGroups GroupRecords::take() {
  std::erase_if(groups_, [](const auto& item) {
    return !item.second.metadata && item.second.offsets.empty();
  });
  return std::move(groups_);
}

namespace {

// Runs on a disk thread. Where to go on; an error ends the load.
Result<Offset> read_piece(log::Log* log, Offset from, Offset end, std::uint32_t bytes,
                          GroupRecords* records) {
  const auto read = log->read(from, bytes, true, end);
  if (!read) return std::unexpected(read.error());
  const auto& slice = read->slice;
  if (slice.length == 0) return end;
  std::vector<std::byte> buffer(slice.length);
  const auto got = slice.file->read_at(slice.position, buffer);
  if (!got || *got < buffer.size()) return std::unexpected(ErrorCode::kKafkaStorageError);
  records->add(buffer);
  return std::max(records->next_offset(), from + 1);
}

}  // namespace

env::Task<Result<LoadedGroups>> load(replica::PartitionPtr partition, env::Disk* disk,
                                     std::uint32_t piece_bytes, const std::atomic<bool>* stopped) {
  const auto log = partition->log();
  if (!log) co_return std::unexpected(ErrorCode::kNotCoordinator);
  GroupRecords records;
  Result<Offset> at = log->log_start_offset();
  const Offset end = log->log_end_offset();
  while (at && *at < end) {
    if (*stopped) co_return std::unexpected(ErrorCode::kNotCoordinator);
    std::move_only_function<void()> piece = [&] {
      at = read_piece(log.get(), *at, end, piece_bytes, &records);
    };
    co_await disk->run(std::move(piece));
  }
  if (!at) co_return std::unexpected(at.error());
  co_return records.take();
}

}  // namespace barnabas::broker::group
