// What must hold for any bytes that are read as a message.
#pragma once

#include <cstdint>
#include <vector>

#include "env/check.h"
#include "protocol/reader.h"
#include "protocol/writer.h"

namespace barnabas::protocol {

inline std::vector<std::byte> to_frame(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  return {bytes.begin(), bytes.end()};
}

template <class Message>
std::expected<Encoded, EncodeError> encoded(const Message& message, std::int16_t version) {
  Writer out;
  message.encode(out, version);
  return out.take();
}

// Whatever can be read can be written, and what was written reads and writes as the same bytes
// again. Text that was repaired may have grown too long for the wire; nothing else may be in the
// way.
template <class Message>
void check_message(Reader& in, std::int16_t version) {
  const auto message = Message::decode(in, version);
  if (!message) return;
  auto first = encoded(*message, version);
  if (!first) {
    BB_CHECK(first.error().kind == EncodeError::Kind::kTooLong);
    return;
  }
  Reader again{env::MutableBytes(first->bytes)};
  const auto same = Message::decode(again, version);
  BB_CHECK(same.has_value());
  BB_CHECK(again.remaining() == 0);
  const auto second = encoded(*same, version);
  BB_CHECK(second.has_value());
  BB_CHECK(first->bytes == second->bytes);
}

}  // namespace barnabas::protocol
