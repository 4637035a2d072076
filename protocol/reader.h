// Reads Kafka's primitive types from one frame.
//
// Owns        nothing: a position in bytes that belong to the caller.
// Does not    allocate for what a count claims: a count is held against the bytes that are left
// first. Threading   one user. Errors      sticky: after the first, every read answers zero, empty
// or null, and error() says what and where.
//             So generated code reads straight on and looks once, at the end.
// Kafka       ByteBufferAccessor and the checks of its generated read(): what it accepts is
// accepted (lengths below
//             -1 mean null, text that is not UTF-8 is repaired, bytes left after a message are
//             nobody's business).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "env/big_endian.h"
#include "env/files.h"
#include "protocol/records_field.h"
#include "protocol/types.h"

namespace barnabas::protocol {

struct DecodeError {
  enum class Kind {
    kTruncated,           // a length or a type reaches past the end
    kNull,                // null where the version has no null
    kCount,               // an array longer than its frame
    kVarint,              // more than 5 (10) bytes
    kLength,              // a string longer than 32767 bytes
    kUnsupportedVersion,  // not a version of this message
  };
  Kind kind;
  std::size_t position = 0;  // in the frame
  friend bool operator==(const DecodeError&, const DecodeError&) = default;
};
std::string to_string(const DecodeError& error);

// How lengths are written: fixed size, or unsigned varints of length + 1 (flexible versions,
// KIP-482).
enum class Lengths { kFixed, kCompact };

class Reader {
 public:
  explicit Reader(env::MutableBytes frame) : data_(frame.data()), size_(frame.size()) {}
  // For bytes that nobody writes to (keys and values of internal topics); records() must not be
  // read from them.
  explicit Reader(env::Bytes bytes) : data_(bytes.data()), size_(bytes.size()), writable_(false) {}

  bool ok() const { return !error_; }
  const std::optional<DecodeError>& error() const { return error_; }
  std::size_t position() const { return position_; }
  std::size_t remaining() const { return size_ - position_; }
  void fail(DecodeError::Kind kind);

  bool boolean() { return fixed<std::int8_t>() != 0; }
  std::int8_t int8() { return fixed<std::int8_t>(); }
  std::int16_t int16() { return fixed<std::int16_t>(); }
  std::uint16_t uint16() { return fixed<std::uint16_t>(); }
  std::int32_t int32() { return fixed<std::int32_t>(); }
  std::uint32_t uint32() { return fixed<std::uint32_t>(); }
  std::int64_t int64() { return fixed<std::int64_t>(); }
  double float64();
  Uuid uuid();
  std::uint32_t unsigned_varint();
  std::int32_t varint();   // zigzag
  std::int64_t varlong();  // zigzag

  std::string string(Lengths lengths);
  std::optional<std::string> nullable_string(Lengths lengths);
  std::vector<std::byte> bytes(Lengths lengths);
  std::optional<std::vector<std::byte>> nullable_bytes(Lengths lengths);
  Records records(Lengths lengths);  // null becomes an error
  Records nullable_records(Lengths lengths);
  // A view of the next `length` bytes; empty and an error if there are fewer.
  env::Bytes view(std::size_t length);

  // The count of an array, -1 for null. `min_element` is what the smallest element takes on the
  // wire.
  std::int32_t array_count(Lengths lengths, std::size_t min_element);

  // `read_one(T&)` for each element, in place. Null is an error.
  template <class T, class F>
  void array(Lengths lengths, std::size_t min_element, std::vector<T>& out, F read_one) {
    const auto count = array_count(lengths, min_element);
    if (count < 0) fail(DecodeError::Kind::kNull);
    elements(count, out, read_one);
  }
  template <class T, class F>
  void nullable_array(Lengths lengths, std::size_t min_element, std::optional<std::vector<T>>& out,
                      F read_one) {
    const auto count = array_count(lengths, min_element);
    if (count < 0) {
      out.reset();
      return;
    }
    elements(count, out.emplace(), read_one);
  }

  // Tagged fields: `read_known(tag)` reads a field it knows and answers true; the rest is skipped.
  template <class F>
  void tagged_fields(F read_known) {
    const auto count = static_cast<std::int32_t>(unsigned_varint());
    for (std::int32_t i = 0; i < count && ok(); ++i) {
      const auto tag = unsigned_varint();
      const auto size = unsigned_varint();
      if (!read_known(tag)) view(size);
    }
  }
  void skip_tagged_fields() {
    tagged_fields([](std::uint32_t) { return false; });
  }

 private:
  template <class T>
  T fixed();
  template <class T, class F>
  void elements(std::int32_t count, std::vector<T>& out, F& read_one);
  // Length of a string, of bytes: -1 for null.
  std::int64_t string_length(Lengths lengths);
  std::int64_t bytes_length(Lengths lengths);

  const std::byte* data_;
  std::size_t size_;
  std::size_t position_ = 0;
  bool writable_ = true;
  std::optional<DecodeError> error_;
};

template <class T>
T Reader::fixed() {
  if (error_ || remaining() < sizeof(T)) {
    fail(DecodeError::Kind::kTruncated);
    return 0;
  }
  const T value = env::load_be<T>(data_ + position_);
  position_ += sizeof(T);
  return value;
}

template <class T, class F>
void Reader::elements(std::int32_t count, std::vector<T>& out, F& read_one) {
  out.clear();
  if (count <= 0) return;
  out.reserve(static_cast<std::size_t>(count));
  for (std::int32_t i = 0; i < count && ok(); ++i) read_one(out.emplace_back());
}

}  // namespace barnabas::protocol
