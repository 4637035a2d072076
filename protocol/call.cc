#include "protocol/call.h"

#include "env/check.h"

namespace barnabas::protocol {
namespace {

struct Text {
  std::string operator()(const std::error_code& error) const { return error.message(); }
  std::string operator()(const UnexpectedCorrelationId& id) const {
    return "the answer to request " + std::to_string(id.sent) + " says it answers " +
           std::to_string(id.received);
  }
  std::string operator()(const DecodeError& error) const {
    return "malformed answer: " + to_string(error);
  }
  std::string operator()(const EncodeError& error) const { return "not sent: " + to_string(error); }
};

}  // namespace

std::string to_string(const CallError& error) { return std::visit(Text{}, error); }

std::int32_t Caller::write_header(Writer& out, ApiKey key, std::int16_t version) {
  const auto id = next_id_;
  next_id_ = next_id_ == INT32_MAX ? 0 : next_id_ + 1;
  RequestHeader{key, version, id, client_id_}.encode(out);
  return id;
}

std::expected<env::Frame, CallError> Caller::flatten(Writer& out) {
  auto encoded = out.take();
  if (!encoded) return std::unexpected(CallError(encoded.error()));
  BB_CHECK(encoded->splices.empty());
  return std::move(encoded->bytes);
}

std::expected<void, CallError> Caller::check_header(Reader& in, ApiKey key, std::int16_t version,
                                                    std::int32_t sent) {
  const auto header = ResponseHeader::decode(in, key, version);
  if (!header) return std::unexpected(CallError(header.error()));
  if (header->correlation_id != sent) {
    return std::unexpected(CallError(UnexpectedCorrelationId{sent, header->correlation_id}));
  }
  return {};
}

}  // namespace barnabas::protocol
