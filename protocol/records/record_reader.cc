#include "protocol/records/record_reader.h"

#include "protocol/records/legacy_source.h"
#include "protocol/records/record_parser.h"
#include "protocol/records/record_source.h"

namespace barnabas::records {

namespace {

using Kind = RecordFault::Kind;
constexpr const char* kPrematureEnd = "Incorrect declared batch size, premature EOF reached";

// Records of a magic 2 batch.
class BatchSource final : public RecordReader::Source {
 public:
  BatchSource(BatchView batch, RecordInput input, ReadOptions options)
      : context_(BatchContext::of(batch)),
        input_(std::move(input)),
        left_(batch.count().value_or(0)),
        skip_bodies_(options.skip_bodies) {}

  Next read() override {
    if (left_ == 0) return nullptr;
    std::int32_t body = 0;
    if (const auto ok = read_length(body); !ok) return std::unexpected(ok.error());
    if (const auto ok = read_body(body); !ok) return std::unexpected(ok.error());
    if (--left_ == 0 && input_.want(1)) {
      return fail(Kind::kInvalid, "Incorrect declared batch size, records still remaining in file");
    }
    if (input_.fault()) return std::unexpected(*input_.fault());
    return &record_;
  }

 private:
  Parsed read_length(std::int32_t& body) {
    input_.want(kMaxVarint);  // fewer may do
    std::int64_t size = 0;
    const std::byte* at = input_.data();
    const std::byte* after = parse_varint(at, at + input_.ready(), kMaxVarint, size);
    if (after == nullptr) {
      // Java counts an endless varint among the illegal arguments, which nobody catches.
      if (input_.ready() >= kMaxVarint) return fail(Kind::kUndecodable, "Varint is too long");
      return ended_early();
    }
    input_.consume(static_cast<std::size_t>(after - at));
    if (size < 0) return fail(Kind::kInvalid, "Invalid record size: negative");
    body = static_cast<std::int32_t>(size);
    record_.size = static_cast<std::int32_t>(after - at) + body;
    return {};
  }

  Parsed read_body(std::int32_t body) {
    const auto size = static_cast<std::size_t>(body);
    if (skip_bodies_ && size > input_.ready()) {
      return parse_body_skipping(input_, body, context_, record_);
    }
    if (!input_.want(size)) return ended_early();
    auto parsed = parse_body(input_, body, context_, record_);
    if (skip_bodies_) forget_bodies();
    return parsed;
  }

  // The same record whether or not its body happened to lie in the window.
  void forget_bodies() {
    record_.key.reset();
    record_.value.reset();
    record_.headers = Headers();
  }

  std::unexpected<RecordFault> ended_early() const {
    return std::unexpected(input_.fault().value_or(RecordFault{Kind::kInvalid, kPrematureEnd}));
  }

  BatchContext context_;
  RecordInput input_;
  std::int32_t left_;
  bool skip_bodies_;
  Record record_;
};

std::expected<RecordInput, RecordFault> open_input(BatchView batch, ReadOptions options) {
  if (!batch.is_compressed()) return RecordInput(batch.payload());
  const auto codec = batch.codec();
  if (!codec) return fail(Kind::kUndecodable, "Unknown compression type id");
  auto decompressor = open_decompressor(*codec, batch.magic(), batch.payload());
  if (!decompressor) return std::unexpected(fault_of(decompressor.error()));
  return RecordInput(std::move(*decompressor), batch.payload().size(), options.max_decompressed);
}

}  // namespace

RecordReader::Source::Next RecordReader::Source::next() {
  if (fault_) return std::unexpected(*fault_);
  auto result = read();
  if (!result) fault_ = result.error();
  return result;
}

RecordReader::RecordReader(std::unique_ptr<Source> source) : source_(std::move(source)) {}
RecordReader::RecordReader(RecordReader&&) noexcept = default;
RecordReader& RecordReader::operator=(RecordReader&&) noexcept = default;
RecordReader::~RecordReader() = default;

std::expected<RecordReader, RecordFault> RecordReader::open(BatchView batch, ReadOptions options) {
  if (batch.is_legacy()) {
    auto source = open_legacy_source(batch, options);
    if (!source) return std::unexpected(source.error());
    return RecordReader(std::move(*source));
  }
  if (*batch.count() < 0)
    return fail(Kind::kInvalid, "Found invalid record count in magic v2 batch");
  if (*batch.count() == 0)
    return RecordReader(std::make_unique<BatchSource>(batch, RecordInput({}), options));
  auto input = open_input(batch, options);
  if (!input) return std::unexpected(input.error());
  return RecordReader(std::make_unique<BatchSource>(batch, std::move(*input), options));
}

std::expected<const Record*, RecordFault> RecordReader::next() { return source_->next(); }

std::expected<Offset, RecordFault> first_record_offset(BatchView batch, ReadOptions options) {
  if (!batch.is_legacy() || !batch.is_compressed()) return batch.base_offset();
  auto reader = RecordReader::open(batch, options);
  if (!reader) return std::unexpected(reader.error());
  const auto record = reader->next();
  if (!record) return std::unexpected(record.error());
  return (*record)->offset;  // a compressed message without records is a fault
}

}  // namespace barnabas::records
