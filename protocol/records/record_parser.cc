#include "protocol/records/record_parser.h"

#include <algorithm>

namespace barnabas::records {

namespace {

constexpr const char* kStructure = "Found invalid record structure";
constexpr const char* kWrongSize = "Invalid record size: the record is not as long as it says";

std::unexpected<RecordFault> invalid(const char* text) {
  return std::unexpected(RecordFault{RecordFault::Kind::kInvalid, text});
}

// The body as one span.
class Whole {
 public:
  explicit Whole(Bytes body) : start_(body.data()), at_(start_), end_(at_ + body.size()) {}

  bool number(std::size_t max, std::int64_t& value) {
    const std::byte* after = parse_varint(at_, end_, max, value);
    if (after != nullptr) at_ = after;
    return after != nullptr;
  }
  bool byte(std::int8_t& value) {
    if (at_ == end_) return false;
    value = static_cast<std::int8_t>(*at_++);
    return true;
  }
  bool block(std::int64_t size, std::optional<Bytes>& out) {
    if (size > left()) return false;
    out = Bytes(at_, static_cast<std::size_t>(size));
    at_ += size;
    return true;
  }
  std::int64_t left() const { return end_ - at_; }
  Bytes since(std::int64_t left_then) const { return {end_ - left_then, at_}; }
  std::optional<RecordFault> fault() const { return std::nullopt; }

 private:
  const std::byte* start_;
  const std::byte* at_;
  const std::byte* end_;
};

// The body as a stream.
class Passing {
 public:
  Passing(RecordInput& input, std::int64_t size) : input_(input), left_(size) {}

  bool number(std::size_t max, std::int64_t& value) {
    const auto most =
        static_cast<std::size_t>(std::min<std::int64_t>(left_, static_cast<std::int64_t>(max)));
    input_.want(most);
    const std::byte* at = input_.data();
    const std::byte* after = parse_varint(at, at + std::min(most, input_.ready()), max, value);
    if (after == nullptr) return false;
    return advance(after - at);
  }
  bool byte(std::int8_t& value) {
    if (left_ == 0 || !input_.want(1)) return false;
    value = static_cast<std::int8_t>(*input_.data());
    return advance(1);
  }
  bool block(std::int64_t size, std::optional<Bytes>&) {
    if (size > left_) return false;
    left_ -= size;
    return input_.skip(static_cast<std::size_t>(size));
  }
  std::int64_t left() const { return left_; }
  Bytes since(std::int64_t) const { return {}; }
  std::optional<RecordFault> fault() const { return input_.fault(); }

 private:
  bool advance(std::int64_t n) {
    input_.consume(static_cast<std::size_t>(n));
    left_ -= n;
    return true;
  }
  RecordInput& input_;
  std::int64_t left_;
};

template <class From>
bool parse_field(From& from, std::int32_t& size, std::optional<Bytes>& out) {
  std::int64_t n = 0;
  out.reset();
  if (!from.number(kMaxVarint, n)) return false;
  size = static_cast<std::int32_t>(std::max<std::int64_t>(n, -1));
  return n < 0 || from.block(n, out);
}

template <class From>
Parsed parse_headers(From& from, Record& record) {
  std::int64_t count = 0;
  if (!from.number(kMaxVarint, count)) return invalid(kStructure);
  if (count < 0 || count > from.left()) return invalid("Found invalid number of record headers");
  const std::int64_t left = from.left();
  for (std::int64_t i = 0; i < count; ++i) {
    std::int32_t size = 0;
    std::optional<Bytes> field;
    if (!parse_field(from, size, field)) return invalid(kStructure);
    if (size < 0) return invalid("Invalid negative header key size");
    if (!parse_field(from, size, field)) return invalid(kStructure);
  }
  record.headers = Headers(from.since(left), static_cast<std::int32_t>(count));
  return {};
}

void place(const BatchContext& context, std::int64_t time_delta, std::int64_t offset_delta,
           Record& record) {
  record.offset = Offset(wrapping_add(context.base_offset.value, offset_delta));
  record.timestamp = context.log_append_time.value_or(
      Timestamp(wrapping_add(context.base_timestamp.value, time_delta)));
  record.sequence = context.base_sequence.value >= 0
                        ? advance(context.base_sequence, static_cast<std::int32_t>(offset_delta))
                        : kNoSequence;
}

template <class From>
Parsed parse(From& from, const BatchContext& context, Record& record) {
  std::int64_t time_delta = 0, offset_delta = 0;
  const bool ok = from.byte(record.attributes) && from.number(kMaxVarlong, time_delta) &&
                  from.number(kMaxVarint, offset_delta) &&
                  parse_field(from, record.key_size, record.key) &&
                  parse_field(from, record.value_size, record.value);
  Parsed result = ok ? parse_headers(from, record) : Parsed(invalid(kStructure));
  if (result && from.left() != 0) result = invalid(kWrongSize);
  // A stream that failed says more than the record it broke off in.
  if (!result && from.fault()) return std::unexpected(*from.fault());
  place(context, time_delta, offset_delta, record);
  return result;
}

}  // namespace

BatchContext BatchContext::of(const BatchView& batch) {
  return {.base_offset = batch.base_offset(),
          .base_timestamp = batch.base_timestamp(),
          .base_sequence = batch.base_sequence(),
          .log_append_time = batch.timestamp_type() == TimestampType::kLogAppendTime
                                 ? std::optional(batch.max_timestamp())
                                 : std::nullopt};
}

Parsed parse_body(RecordInput& input, std::int32_t body_size, const BatchContext& context,
                  Record& record) {
  const auto size = static_cast<std::size_t>(body_size);
  Whole body(Bytes(input.data(), size));
  input.consume(size);
  return parse(body, context, record);
}

Parsed parse_body_skipping(RecordInput& input, std::int32_t body_size, const BatchContext& context,
                           Record& record) {
  Passing body(input, body_size);
  return parse(body, context, record);
}

}  // namespace barnabas::records
