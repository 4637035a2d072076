#include "tools/record_decoders.h"

#include <fmt/format.h>

#include "protocol/messages/transaction_log_key.h"
#include "protocol/messages/transaction_log_value.h"
#include "protocol/reader.h"
#include "tools/group_records.h"
#include "tools/transaction_state.h"

namespace barnabas::tools {
namespace {

using records::Bytes;
using records::Record;

constexpr std::string_view kPackage = "org.apache.kafka.tools.api.";
constexpr std::string_view kOldPackage = "kafka.serializer.";

std::expected<std::string, std::string> decode_text(Bytes bytes) {
  return std::string(records::as_text(bytes));
}

template <class T>
std::expected<std::string, std::string> decode_number(Bytes bytes) {
  if (bytes.size() < sizeof(T)) {
    return std::unexpected(
        fmt::format("{} bytes are too few for a number of {}", bytes.size(), sizeof(T)));
  }
  return std::to_string(records::load_be<T>(bytes.data()));
}

std::expected<std::string, std::string> transaction_key(Bytes bytes) {
  protocol::Reader in(bytes);
  const auto version = in.int16();
  const auto key = protocol::TransactionLogKey::decode(in, version);
  if (!key) return std::unexpected(fmt::format("Unknown transaction log key version {}", version));
  return fmt::format("transaction_metadata::transactionalId={}", key->transactional_id);
}

std::expected<std::string, std::string> transaction_value(Bytes bytes) {
  protocol::Reader in(bytes);
  const auto version = in.int16();
  const auto value = protocol::TransactionLogValue::decode(in, version);
  if (!value) {
    return std::unexpected(fmt::format("Unknown transaction log value version {}", version));
  }
  const auto state = transaction_state(value->transaction_status);
  if (!state) {
    return std::unexpected(
        fmt::format("Unknown transaction state id {} from the transaction status message",
                    value->transaction_status));
  }
  std::vector<std::string> partitions;
  if (value->transaction_partitions) {
    for (const auto& topic : *value->transaction_partitions) {
      for (const auto& id : topic.partition_ids) {
        partitions.push_back(fmt::format("{}-{}", topic.topic, id.value));
      }
    }
  }
  return fmt::format(
      "producerId:{},producerEpoch:{},state={},partitions=[{}],txnLastUpdateTimestamp={},"
      "txnTimeoutMs={}",
      value->producer_id.value, value->producer_epoch.value, *state, fmt::join(partitions, ","),
      value->transaction_last_update_timestamp_ms.value, value->transaction_timeout_ms.value);
}

}  // namespace

std::expected<FieldDecoder, std::string> field_decoder(std::string_view class_name) {
  FieldDecoder decoder;
  auto name = class_name;
  if (name.starts_with(kPackage)) {
    name.remove_prefix(kPackage.size());
  } else if (name.starts_with(kOldPackage)) {
    name.remove_prefix(kOldPackage.size());
    decoder.deprecated =
        fmt::format("{} is deprecated. Please use {}{} instead", class_name, kPackage, name);
  }
  if (name == "StringDecoder" || name == "DefaultDecoder") {
    decoder.decode = decode_text;
  } else if (name == "LongDecoder") {
    decoder.decode = decode_number<std::int64_t>;
  } else if (name == "IntegerDecoder") {
    decoder.decode = decode_number<std::int32_t>;
  } else {
    return std::unexpected(std::string(class_name));
  }
  return decoder;
}

RecordDecoder plain_decoder(FieldDecoder key, FieldDecoder value) {
  return [key = std::move(key),
          value = std::move(value)](const Record& record) -> std::expected<Decoded, std::string> {
    Decoded decoded;
    if (record.key) {
      auto text = key.decode(*record.key);
      if (!text) return std::unexpected(text.error());
      decoded.key = std::move(*text);
    }
    if (record.value) {
      auto text = value.decode(*record.value);
      if (!text) return std::unexpected(text.error());
      decoded.value = std::move(*text);
    }
    return decoded;
  };
}

RecordDecoder offsets_decoder() {
  return [](const Record& record) -> std::expected<Decoded, std::string> {
    if (!record.key) {
      return std::unexpected(fmt::format(
          "Failed to decode message at offset {} using offset topic decoder (message had a missing "
          "key)",
          record.offset.value));
    }
    auto key = show_group_key(*record.key);
    if (!key) {
      return Decoded{fmt::format(fmt::runtime(key.error()), record.offset.value), std::nullopt};
    }
    if (!record.value) return Decoded{*key, "<DELETE>"};
    auto value = show_group_value(*record.key, *record.value);
    if (!value) {
      return Decoded{fmt::format(fmt::runtime(value.error()), record.offset.value), std::nullopt};
    }
    return Decoded{*key, *value};
  };
}

RecordDecoder transaction_log_decoder() {
  return [](const Record& record) -> std::expected<Decoded, std::string> {
    if (!record.key) {
      return std::unexpected(fmt::format(
          "Failed to decode message at offset {} using transaction log decoder (message had a "
          "missing key)",
          record.offset.value));
    }
    auto key = transaction_key(*record.key);
    if (!key) return Decoded{"<UNKNOWN>", "<UNKNOWN>"};
    if (!record.value) return Decoded{*key, "<DELETE>"};
    auto value = transaction_value(*record.value);
    if (!value) return std::unexpected(value.error());
    return Decoded{*key, *value};
  };
}

RecordDecoder framed_metadata_decoder(std::string_view error_prefix) {
  return [prefix = std::string(error_prefix)](
             const Record& record) -> std::expected<Decoded, std::string> {
    protocol::Reader in(record.value.value_or(Bytes{}));
    const auto frame = in.unsigned_varint();
    const auto fault =
        !in.ok()     ? std::string("Error while reading frame version")
        : frame == 1 ? std::string("This tool does not know the records of KRaft or tiered storage")
                     : fmt::format(
                           "Could not deserialize metadata record due to unknown frame "
                           "version {}(only frame version 1 is supported)",
                           frame);
    return Decoded{std::nullopt,
                   fmt::format("{} {}, skipping. {}", prefix, record.offset.value, fault)};
  };
}

}  // namespace barnabas::tools
