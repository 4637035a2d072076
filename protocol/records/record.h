// One record, as read: key and value point into the reader's or the batch's memory.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "protocol/error_code.h"
#include "protocol/records/bytes.h"
#include "protocol/types.h"

namespace barnabas::records {

struct Header {
  std::string_view key;
  std::optional<Bytes> value;
  friend bool operator==(const Header& a, const Header& b) {
    return a.key == b.key && a.value.has_value() == b.value.has_value() &&
           (!a.value || as_text(*a.value) == as_text(*b.value));
  }
};

// The headers of a record, parsed while iterating. Only for bytes that a RecordReader has checked.
class Headers {
 public:
  class iterator {
   public:
    using value_type = Header;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    iterator(const std::byte* at, std::int32_t left) : at_(at), left_(left) { read(); }
    const Header& operator*() const { return header_; }
    const Header* operator->() const { return &header_; }
    iterator& operator++() {
      --left_;
      read();
      return *this;
    }
    iterator operator++(int) {
      auto old = *this;
      ++*this;
      return old;
    }
    bool operator==(const iterator& o) const { return left_ == o.left_; }

   private:
    void read();
    const std::byte* at_ = nullptr;
    std::int32_t left_ = 0;
    Header header_;
  };

  Headers() = default;
  Headers(Bytes raw, std::int32_t count) : raw_(raw), count_(count) {}
  iterator begin() const { return {raw_.data(), count_}; }
  iterator end() const { return {nullptr, 0}; }
  std::int32_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  Bytes raw() const { return raw_; }  // as encoded, without the count

 private:
  Bytes raw_;
  std::int32_t count_ = 0;
};

struct Record {
  Offset offset;
  Timestamp timestamp = kNoTimestamp;
  Sequence sequence = kNoSequence;
  std::int32_t size = 0;       // bytes it takes in its batch, uncompressed
  std::int32_t key_size = -1;  // -1: null
  std::int32_t value_size = -1;
  std::int8_t attributes = 0;  // magic 0/1: with the codec bits
  std::int8_t magic = 2;
  std::optional<Bytes> key;  // both empty in a reader that skips bodies, whatever the sizes
  std::optional<Bytes> value;
  Headers headers;

  bool has_key() const { return key_size >= 0; }
  bool has_value() const { return value_size >= 0; }
};

// What can be wrong inside a batch.
struct RecordFault {
  enum class Kind {
    kInvalid,      // Kafka's InvalidRecordException: the records are not what the header says
    kCorrupt,      // CorruptRecordException: an inner message of magic 0/1 is cut or fails its CRC
    kUndecodable,  // the codec is unknown or refuses the payload: UNKNOWN_SERVER_ERROR in Kafka
    kTooLarge,     // more decompressed bytes than the reader may produce
  };
  Kind kind = Kind::kInvalid;
  const char* text = "";

  ErrorCode code() const;
};

}  // namespace barnabas::records
