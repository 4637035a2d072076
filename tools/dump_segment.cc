#include "tools/dump_segment.h"

#include <fmt/format.h>

#include "protocol/records/control.h"
#include "protocol/records/crc32.h"
#include "protocol/records/record_reader.h"
#include "tools/batch_scan.h"

namespace barnabas::tools {
namespace {

using records::BatchView;
using records::Record;

std::string_view timestamp_type(const BatchView& batch) {
  if (batch.magic() == 0) return "NoTimestampType";
  return batch.timestamp_type() == records::TimestampType::kLogAppendTime ? "LogAppendTime"
                                                                          : "CreateTime";
}

std::string codec_name(const BatchView& batch) {
  const auto codec = batch.codec();
  return codec ? std::string(records::name(*codec)) : fmt::format("{}", batch.codec_id());
}

std::string show_optional(const std::optional<Timestamp>& time) {
  return time ? fmt::format("OptionalLong[{}]", time->value) : "OptionalLong.empty";
}

void print_batch(const BatchView& batch, std::uint64_t position, std::ostream& out) {
  if (batch.is_legacy()) {
    out << fmt::format("offset: {}", batch.last_offset().value);
  } else {
    out << fmt::format(
        "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} "
        "producerEpoch: {} partitionLeaderEpoch: {} isTransactional: {} isControl: {} "
        "deleteHorizonMs: {}",
        batch.base_offset().value, batch.last_offset().value, batch.count().value_or(0),
        batch.base_sequence().value, batch.last_sequence().value, batch.producer_id().value,
        batch.producer_epoch().value, batch.leader_epoch().value, batch.is_transactional(),
        batch.is_control(), show_optional(batch.delete_horizon()));
  }
  out << fmt::format(
      " position: {} {}: {} size: {} magic: {} compresscodec: {} crc: {} isvalid: {}\n", position,
      timestamp_type(batch), batch.max_timestamp().value, batch.size(), batch.magic(),
      codec_name(batch), batch.crc(), batch.crc_valid());
}

std::string show_control(const Record& record) {
  if (const auto marker = records::parse_end_txn_marker(record)) {
    return fmt::format(" endTxnMarker: {} coordinatorEpoch: {}",
                       marker->type == records::ControlType::kCommit ? "COMMIT" : "ABORT",
                       marker->coordinator_epoch);
  }
  const auto type = records::control_record_type(record);
  return fmt::format(" controlType: UNKNOWN({})", type.value_or(-1));
}

// The CRC that a message inside a compressed one carries: over all that follows it. The reader has
// checked it.
std::uint32_t inner_crc(const Record& record) {
  records::Buffer message;
  records::append_be<std::int8_t>(message, record.magic);
  records::append_be<std::int8_t>(message, record.attributes);
  if (record.magic > 0) records::append_be<std::int64_t>(message, record.timestamp.value);
  for (const auto& field : {record.key, record.value}) {
    records::append_be<std::int32_t>(message,
                                     field ? static_cast<std::int32_t>(field->size()) : -1);
    if (field) records::append_bytes(message, *field);
  }
  return records::crc32(message);
}

void print_metadata(const BatchView& batch, const Record& record, std::ostream& out) {
  out << fmt::format("| offset: {} {}: {} keySize: {} valueSize: {}", record.offset.value,
                     timestamp_type(batch), record.timestamp.value, record.key_size,
                     record.value_size);
  if (!batch.is_legacy()) {
    std::vector<std::string_view> names;
    for (const auto& header : record.headers) names.push_back(header.key);
    out << fmt::format(" sequence: {} headerKeys: [{}]", record.sequence.value,
                       fmt::join(names, ","));
  }
  if (batch.is_legacy()) {
    // The closing brace stands in Kafka's output too.
    out << fmt::format(" isValid: {} crc: {}}}", !batch.is_compressed() ? batch.crc_valid() : true,
                       batch.is_compressed() ? inner_crc(record) : batch.crc());
  }
  if (batch.is_control()) out << show_control(record);
}

class Dump {
 public:
  Dump(const SegmentDump& what, std::ostream& out) : what_(what), out_(out) {}

  std::expected<void, std::string> batch(const BatchView& batch, std::uint64_t position) {
    print_batch(batch, position, out_);
    if (!what_.records) return {};
    std::expected<void, std::string> result;
    const auto walked = records::for_each_record(batch, [&](const Record& r) {
      note_offset(r.offset.value);
      result = record(batch, r);
      return result.has_value();
    });
    if (!walked) return std::unexpected(std::string(walked.error().text));
    return result;
  }

  std::vector<OffsetGap> gaps() && { return std::move(gaps_); }

 private:
  void note_offset(std::int64_t offset) {
    if (last_ != -1 && offset != last_ + 1) gaps_.push_back({last_, offset});
    last_ = offset;
  }

  std::expected<void, std::string> record(const BatchView& batch, const Record& record) {
    std::string_view before_key = "| ";
    if (what_.record_metadata) {
      print_metadata(batch, record, out_);
      before_key = " ";
    }
    if (what_.contents && !batch.is_control()) {
      const auto decoded = what_.decoder(record);
      if (!decoded) return std::unexpected(decoded.error());
      if (decoded->key) out_ << before_key << "key: " << *decoded->key;
      if (decoded->value) out_ << " payload: " << *decoded->value;
    }
    out_ << '\n';
    return {};
  }

  const SegmentDump& what_;
  std::ostream& out_;
  std::int64_t last_ = -1;
  std::vector<OffsetGap> gaps_;
};

}  // namespace

std::expected<std::vector<OffsetGap>, std::string> dump_segment(std::shared_ptr<env::File> file,
                                                                const std::string& path,
                                                                const SegmentDump& what,
                                                                std::ostream& out) {
  const auto size = file->size();
  if (!size) return std::unexpected(fmt::format("{}: {}", path, size.error().message()));
  const bool all = what.max_bytes == std::numeric_limits<std::int32_t>::max();
  const auto end =
      all ? *size : std::min<std::uint64_t>(*size, static_cast<std::uint64_t>(what.max_bytes));
  BatchScan scan(std::move(file), path, 0, end);
  Dump dump(what, out);
  while (true) {
    const auto position = scan.position();
    const auto batch = scan.next();
    if (!batch) return std::unexpected(batch.error());
    if (!*batch) break;
    if (auto dumped = dump.batch(**batch, position); !dumped) {
      return std::unexpected(dumped.error());
    }
  }
  if (all && *size > scan.position()) {
    out << fmt::format("Found {} invalid bytes at the end of {}\n", *size - scan.position(),
                       path.substr(path.find_last_of('/') + 1));
  }
  return std::move(dump).gaps();
}

}  // namespace barnabas::tools
