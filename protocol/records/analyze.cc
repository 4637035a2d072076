#include "protocol/records/analyze.h"

namespace barnabas::records {

namespace {

std::unexpected<Rejected> reject(ErrorCode error, std::string message) {
  return std::unexpected(Rejected{.error = error, .message = std::move(message)});
}

std::expected<void, Rejected> check_whole_batch(const BatchView& batch,
                                                const TopicPartition& partition, Origin origin,
                                                std::optional<std::int32_t> max_bytes) {
  if (!batch.is_legacy() && origin == Origin::kClient && batch.base_offset().value != 0) {
    return reject(ErrorCode::kInvalidRecord,
                  "The baseOffset of the record batch in the append to " + to_string(partition) +
                      " should be 0, but it is " + std::to_string(batch.base_offset().value));
  }
  if (max_bytes && batch.size() > static_cast<std::size_t>(*max_bytes)) {
    return reject(ErrorCode::kMessageTooLarge,
                  "The record batch size in the append to " + to_string(partition) + " is " +
                      std::to_string(batch.size()) +
                      " bytes which exceeds the maximum configured value of " +
                      std::to_string(*max_bytes) + ".");
  }
  if (!batch.crc_valid()) {
    return reject(ErrorCode::kCorruptMessage,
                  "Record is corrupt (stored crc = " + std::to_string(batch.crc()) +
                      ") in topic partition " + to_string(partition) + ".");
  }
  if (!batch.codec()) {
    return reject(ErrorCode::kUnknownServerError,
                  "Unknown compression type id: " + std::to_string(batch.codec_id()));
  }
  return {};
}

void take_in(Analysis& analysis, const BatchView& batch) {
  if (analysis.batch_count == 0) {
    if (!batch.is_legacy()) analysis.first_offset = batch.base_offset();
    analysis.last_offset_of_first_batch = batch.last_offset();
  }
  if (analysis.last_offset >= batch.last_offset()) analysis.offsets_monotonic = false;
  analysis.last_offset = batch.last_offset();
  analysis.last_leader_epoch = batch.leader_epoch();
  if (batch.max_timestamp() > analysis.max_timestamp) {
    analysis.max_timestamp = batch.max_timestamp();
    analysis.offset_of_max_timestamp = batch.last_offset();
  }
  if (batch.is_compressed()) analysis.source_codec = *batch.codec();
  ++analysis.batch_count;
  analysis.valid_bytes += batch.size();
}

}  // namespace

std::expected<Analysis, Rejected> analyze(Bytes records, const TopicPartition& partition,
                                          Origin origin,
                                          std::optional<std::int32_t> max_batch_bytes) {
  Analysis analysis;
  for (;;) {
    const auto batch = next_batch(records.subspan(analysis.valid_bytes));
    if (!batch) {
      if (batch.error().is_short()) return analysis;
      return reject(ErrorCode::kCorruptMessage, batch.error().message());
    }
    if (const auto ok = check_whole_batch(*batch, partition, origin, max_batch_bytes); !ok) {
      return std::unexpected(ok.error());
    }
    take_in(analysis, *batch);
  }
}

std::expected<void, Rejected> check_produce_records(Bytes records, std::int16_t version) {
  constexpr std::int16_t kOneBatchSince = 3, kZstdSince = 7;
  const std::string who = "Produce requests with version " + std::to_string(version);
  const auto first = next_batch(records);
  if (!first && !first.error().is_short()) {
    return std::unexpected(Rejected{.error = ErrorCode::kCorruptMessage,
                                    .message = first.error().message(),
                                    .tell_client = true});
  }
  if (version < kOneBatchSince) return {};
  if (!first) {
    return reject(ErrorCode::kInvalidRecord,
                  who + " must have at least one record batch per partition");
  }
  if (first->is_legacy()) {
    return reject(ErrorCode::kInvalidRecord,
                  who + " are only allowed to contain record batches with magic version 2");
  }
  if (version < kZstdSince && first->codec() == Codec::kZstd) {
    return reject(ErrorCode::kUnsupportedCompressionType,
                  who + " are not allowed to use ZStandard compression");
  }
  const auto second = next_batch(records.subspan(first->size()));
  if (second) {
    return reject(ErrorCode::kInvalidRecord,
                  who + " are only allowed to contain exactly one record batch");
  }
  if (!second.error().is_short())
    return reject(ErrorCode::kCorruptMessage, second.error().message());
  return {};
}

}  // namespace barnabas::records
