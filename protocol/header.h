// What stands in front of every request and response.
//
// Request header   v0 key, version, correlation id (ControlledShutdown v0 alone); v1 and a client
// id; v2 (flexible
//                  versions) and tagged fields. The client id keeps its two-byte length even in v2.
// Response header  v0 correlation id; v1 (flexible versions) and tagged fields. ApiVersions always
// answers with v0,
//                  so that a client which does not know our versions yet can read it (KIP-511).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/api_key.h"
#include "protocol/reader.h"
#include "protocol/writer.h"

namespace barnabas::protocol {

struct ApiInfo {
  ApiKey key;
  std::string_view name;
  std::int16_t min_version;
  std::int16_t max_version;
  std::int16_t flexible_from;  // kNeverFlexible if no version is
  bool has(std::int16_t version) const { return version >= min_version && version <= max_version; }
};
inline constexpr std::int16_t kNeverFlexible = INT16_MAX;

// What the schema says of a key; null for a key that is not in ApiKey.
const ApiInfo* api_info(ApiKey key);

struct RequestHeader {
  ApiKey key{};
  std::int16_t version = 0;
  std::int32_t correlation_id = 0;
  std::optional<std::string> client_id;
  friend bool operator==(const RequestHeader&, const RequestHeader&) = default;

  // Leaves the reader at the body. An unknown key is an error, as Kafka has it; a version that the
  // key does not have is one too, except for ApiVersions, which is answered whatever its version
  // (then read only the header).
  static std::expected<RequestHeader, DecodeError> decode(Reader& in);
  void encode(Writer& out) const;
};

struct ResponseHeader {
  std::int32_t correlation_id = 0;
  friend bool operator==(const ResponseHeader&, const ResponseHeader&) = default;

  static std::expected<ResponseHeader, DecodeError> decode(Reader& in, ApiKey key,
                                                           std::int16_t version);
  void encode(Writer& out, ApiKey key, std::int16_t version) const;
};

std::int16_t request_header_version(ApiKey key, std::int16_t version);
std::int16_t response_header_version(ApiKey key, std::int16_t version);

}  // namespace barnabas::protocol
