// Writes Kafka's primitive types into one growing buffer, with file slices noted beside it.
//
// Owns        the buffer, and the slices (their file handles) until take().
// Does not    copy what lies in files: a slice is noted with the position in the buffer where it
// goes, and the
//             network sends buffer and files alternately. Memory given as Records is copied.
// Threading   one user.
// Errors      sticky, like the Reader's: a message that its version or the wire cannot carry (a
// field that is not
//             ignorable, null where there is none, a string over 32767 bytes) surfaces once, from
//             take().
// Kafka       ByteBufferAccessor, SendBuilder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "env/big_endian.h"
#include "env/files.h"
#include "protocol/reader.h"
#include "protocol/records_field.h"
#include "protocol/types.h"

namespace barnabas::protocol {

struct EncodeError {
  enum class Kind {
    kVersion,  // the version has no such field, or no such message, and dropping it would change
               // the meaning
    kNull,     // null where the version has no null
    kTooLong,  // a string over 32767 bytes; an array, bytes or records over 2^31 - 1
  };
  Kind kind;
  std::string_view field;  // a literal: "ProduceRequest.transactional_id"; empty where the type
                           // alone is at fault
  friend bool operator==(const EncodeError&, const EncodeError&) = default;
};
std::string to_string(const EncodeError& error);

// `slice` goes between bytes[position - 1] and bytes[position]. Splices come in order; several may
// share a position.
struct Splice {
  std::size_t position = 0;
  env::FileSlice slice;
};

struct Encoded {
  std::vector<std::byte> bytes;
  std::vector<Splice> splices;
  std::uint64_t size = 0;  // bytes and slices together: what the frame's length says
};

class Writer {
 public:
  Writer() = default;
  explicit Writer(std::size_t expected_bytes) { buffer_.reserve(expected_bytes); }

  void boolean(bool value) { int8(value ? 1 : 0); }
  void int8(std::int8_t value) { fixed(value); }
  void int16(std::int16_t value) { fixed(value); }
  void uint16(std::uint16_t value) { fixed(value); }
  void int32(std::int32_t value) { fixed(value); }
  void uint32(std::uint32_t value) { fixed(value); }
  void int64(std::int64_t value) { fixed(value); }
  void float64(double value);
  void uuid(const Uuid& id);
  void unsigned_varint(std::uint32_t value);
  void varint(std::int32_t value);   // zigzag
  void varlong(std::int64_t value);  // zigzag
  void raw(env::Bytes bytes) { buffer_.insert(buffer_.end(), bytes.begin(), bytes.end()); }

  void string(Lengths lengths, std::string_view text);
  void nullable_string(Lengths lengths, const std::optional<std::string>& text);
  void bytes(Lengths lengths, env::Bytes bytes);
  void nullable_bytes(Lengths lengths, const std::optional<std::vector<std::byte>>& bytes);
  void nullable_records(Lengths lengths, const Records& records);
  void array_count(Lengths lengths, std::size_t count);
  void null_array(Lengths lengths);

  // A tagged field: its size is put in front of it when it is complete.
  std::size_t begin_tagged(std::uint32_t tag);
  void end_tagged(std::size_t begin);

  void fail(EncodeError::Kind kind, std::string_view field);
  bool ok() const { return !error_; }
  std::size_t position() const { return buffer_.size(); }
  // Overwrites four bytes written earlier.
  void patch_int32(std::size_t position, std::int32_t value);

  // What was written; the Writer is empty afterwards.
  [[nodiscard]] std::expected<Encoded, EncodeError> take();

 private:
  template <class T>
  void fixed(T value) {
    std::byte out[sizeof(T)];
    env::store_be(out, value);
    raw(out);
  }
  void length(Lengths lengths, std::uint64_t length);

  std::vector<std::byte> buffer_;
  std::vector<Splice> splices_;
  std::optional<EncodeError> error_;
};

}  // namespace barnabas::protocol
