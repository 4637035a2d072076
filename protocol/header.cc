#include "protocol/header.h"

#include <algorithm>

#include "protocol/messages/all.h"

namespace barnabas {

std::string_view name(ApiKey key) {
  const auto* info = protocol::api_info(key);
  return info ? info->name : "UNKNOWN";
}

}  // namespace barnabas

namespace barnabas::protocol {
namespace {

bool is_flexible(ApiKey key, std::int16_t version) {
  const auto* info = api_info(key);
  return info && version >= info->flexible_from;
}

bool is_known(const RequestHeader& header) {
  const auto* info = api_info(header.key);
  return info && (info->has(header.version) || header.key == ApiKey::kApiVersions);
}

}  // namespace

const ApiInfo* api_info(ApiKey key) {
  const auto* found = std::ranges::lower_bound(kApis, key, {}, &ApiInfo::key);
  return found != kApis.end() && found->key == key ? found : nullptr;
}

std::int16_t request_header_version(ApiKey key, std::int16_t version) {
  if (key == ApiKey::kControlledShutdown && version == 0) return 0;
  return is_flexible(key, version) ? 2 : 1;
}

std::int16_t response_header_version(ApiKey key, std::int16_t version) {
  if (key == ApiKey::kApiVersions) return 0;
  return is_flexible(key, version) ? 1 : 0;
}

std::expected<RequestHeader, DecodeError> RequestHeader::decode(Reader& in) {
  RequestHeader header;
  header.key = ApiKey{in.int16()};
  header.version = in.int16();
  if (in.ok() && !is_known(header)) in.fail(DecodeError::Kind::kUnsupportedVersion);
  header.correlation_id = in.int32();
  const auto form = request_header_version(header.key, header.version);
  if (form >= 1) header.client_id = in.nullable_string(Lengths::kFixed);
  if (form >= 2) in.skip_tagged_fields();
  if (!in.ok()) return std::unexpected(*in.error());
  return header;
}

void RequestHeader::encode(Writer& out) const {
  const auto form = request_header_version(key, version);
  out.int16(static_cast<std::int16_t>(key));
  out.int16(version);
  out.int32(correlation_id);
  if (form >= 1) out.nullable_string(Lengths::kFixed, client_id);
  if (form >= 2) out.unsigned_varint(0);
}

std::expected<ResponseHeader, DecodeError> ResponseHeader::decode(Reader& in, ApiKey key,
                                                                  std::int16_t version) {
  ResponseHeader header{in.int32()};
  if (response_header_version(key, version) >= 1) in.skip_tagged_fields();
  if (!in.ok()) return std::unexpected(*in.error());
  return header;
}

void ResponseHeader::encode(Writer& out, ApiKey key, std::int16_t version) const {
  out.int32(correlation_id);
  if (response_header_version(key, version) >= 1) out.unsigned_varint(0);
}

}  // namespace barnabas::protocol
