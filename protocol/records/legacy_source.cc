#include "protocol/records/legacy_source.h"

#include <algorithm>
#include <utility>

#include "protocol/records/crc32.h"
#include "protocol/records/record_input.h"

namespace barnabas::records {

namespace {

using Kind = RecordFault::Kind;
using Source = RecordReader::Source;
using Opened = std::expected<std::unique_ptr<Source>, RecordFault>;

constexpr std::size_t kAttributesOffset = 17, kTimestampOffset = 18;

// Takes a field with a 4-byte size from the front of `rest`; false if it does not fit.
bool take_field(Bytes& rest, std::int32_t& size, std::optional<Bytes>& out) {
  if (rest.size() < sizeof size) return false;
  size = std::max(load_be<std::int32_t>(rest.data()), -1);
  rest = rest.subspan(sizeof size);
  out.reset();
  if (size < 0) return true;
  if (static_cast<std::size_t>(size) > rest.size()) return false;
  out = rest.first(static_cast<std::size_t>(size));
  rest = rest.subspan(static_cast<std::size_t>(size));
  return true;
}

// `message`: base offset, length, and all the length says; at least a magic 0 header.
std::expected<Record, RecordFault> parse_message(Bytes message) {
  Record record;
  record.offset = Offset(load_be<std::int64_t>(message.data()));
  record.size = static_cast<std::int32_t>(message.size());
  record.magic = load_be<std::int8_t>(message.data() + kMagicOffset);
  record.attributes = load_be<std::int8_t>(message.data() + kAttributesOffset);
  if (record.magic != 0 && record.magic != 1)
    return fail(Kind::kInvalid, "Invalid magic of an inner message");
  Bytes rest = message.subspan(kTimestampOffset);
  if (record.magic == 1) {
    if (rest.size() < sizeof(std::int64_t)) return fail(Kind::kCorrupt, "Message is cut");
    record.timestamp = Timestamp(load_be<std::int64_t>(rest.data()));
    rest = rest.subspan(sizeof(std::int64_t));
  }
  if (!take_field(rest, record.key_size, record.key) ||
      !take_field(rest, record.value_size, record.value)) {
    // An illegal argument that nothing in Kafka catches.
    return fail(Kind::kUndecodable, "Key or value does not fit into the message");
  }
  return record;
}

class SingleSource final : public Source {
 public:
  explicit SingleSource(const Record& record) : record_(record) {}

 private:
  Next read() override { return std::exchange(done_, true) ? nullptr : &record_; }
  Record record_;
  bool done_ = false;
};

// Messages inside a message, all decompressed first: in magic 1 the first offset follows from the
// last.
class WrappedSource final : public Source {
 public:
  WrappedSource(BatchView wrapper, Buffer messages)
      : wrapper_(wrapper), messages_(std::move(messages)) {}

  // Finds where the offsets start.
  std::expected<void, RecordFault> prepare() {
    Offset last = kNoOffset;
    for (Bytes rest = messages_; !rest.empty();) {
      const auto message = take_message(rest);
      if (!message) return std::unexpected(message.error());
      if (message->empty()) break;
      last = Offset(load_be<std::int64_t>(message->data()));
      last_end_ += message->size();
    }
    if (last_end_ == 0)
      return fail(Kind::kInvalid, "Found invalid compressed record set with no inner records");
    if (wrapper_.magic() == 0) return {};
    const Offset outer = wrapper_.last_offset();
    // Some librdkafka versions leave 0 in the wrapper of what they produce.
    if (outer.value == 0) return {};
    if (outer < last)
      return fail(Kind::kInvalid, "Found invalid wrapper offset in compressed v1 message set");
    base_ = wrapping_sub(outer.value, last.value);
    return {};
  }

 private:
  // The next message, empty at the end or where the rest is cut.
  static std::expected<Bytes, RecordFault> take_message(Bytes& rest) {
    if (rest.size() < kLogOverhead) return Bytes{};
    const auto length = load_be<std::int32_t>(rest.data() + FieldOf::kLength);
    if (length < static_cast<std::int32_t>(kMinRecordOverhead)) {
      return fail(Kind::kCorrupt, "Record size is less than the minimum record overhead (14)");
    }
    const std::size_t size = kLogOverhead + static_cast<std::size_t>(length);
    if (size > rest.size()) return Bytes{};
    const Bytes message = rest.first(size);
    rest = rest.subspan(size);
    return message;
  }

  Next read() override {
    Bytes rest = Bytes(messages_).first(last_end_).subspan(at_);
    if (rest.empty()) return nullptr;
    const auto message = take_message(rest);
    at_ += message->size();
    const auto attributes = load_be<std::uint8_t>(message->data() + kAttributesOffset);
    if ((attributes & kCodecMask) != 0) {
      return fail(Kind::kInvalid, "Inner messages must not be compressed");
    }
    const auto stored = load_be<std::uint32_t>(message->data() + kLogOverhead);
    if (stored != crc32(message->subspan(kMagicOffset))) {
      return fail(Kind::kCorrupt, "Record is corrupt");
    }
    auto parsed = parse_message(*message);
    if (!parsed) return std::unexpected(parsed.error());
    record_ = *parsed;
    record_.offset = Offset(wrapping_add(base_, record_.offset.value));
    const bool stamped = wrapper_.timestamp_type() == TimestampType::kLogAppendTime;
    if (stamped && record_.magic == 1) record_.timestamp = wrapper_.max_timestamp();
    return &record_;
  }

  BatchView wrapper_;
  Buffer messages_;
  std::size_t at_ = 0;
  std::size_t last_end_ = 0;
  std::int64_t base_ = 0;
  Record record_;
};

Opened open_wrapped(BatchView batch, const Record& outer, ReadOptions options) {
  const auto codec = batch.codec();
  if (!codec) return fail(Kind::kUndecodable, "Unknown compression type id");
  if (*codec == Codec::kZstd) return fail(Kind::kInvalid, "Invalid wrapper compressionType: zstd");
  if (!outer.value)
    return fail(Kind::kInvalid, "Found invalid compressed record set with null value");
  auto messages = decompress(*codec, batch.magic(), *outer.value, options.max_decompressed);
  if (!messages) return std::unexpected(fault_of(messages.error()));
  auto source = std::make_unique<WrappedSource>(batch, std::move(*messages));
  if (const auto ready = source->prepare(); !ready) return std::unexpected(ready.error());
  return source;
}

}  // namespace

Opened open_legacy_source(BatchView batch, ReadOptions options) {
  const auto outer = parse_message(batch.bytes());
  if (!outer) return std::unexpected(outer.error());
  if (batch.is_compressed()) return open_wrapped(batch, *outer, options);
  return std::make_unique<SingleSource>(*outer);
}

}  // namespace barnabas::records
