// Messages behind two bytes of version: keys and values of internal topics, a consumer's
// subscription.
//
// Does not    guess: a version that the message does not have is an error. Kafka reads a
//             subscription of a later version as its own latest; who wants that passes the version
//             to decode() itself.
// Kafka       MessageUtil.toVersionPrefixedBytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <vector>

#include "protocol/reader.h"
#include "protocol/writer.h"

namespace barnabas::protocol {

template <class Message>
std::expected<Message, DecodeError> decode_versioned(env::Bytes bytes) {
  Reader in(bytes);
  const auto version = in.int16();
  return Message::decode(in, version);
}

template <class Message>
std::expected<std::vector<std::byte>, EncodeError> encode_versioned(const Message& message,
                                                                    std::int16_t version) {
  static_assert(!Message::kHasRecords, "nothing with records in it is kept this way");
  Writer out;
  out.int16(version);
  message.encode(out, version);
  auto encoded = out.take();
  if (!encoded) return std::unexpected(encoded.error());
  return std::move(encoded->bytes);
}

}  // namespace barnabas::protocol
