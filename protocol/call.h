// Typed requests over an env::Channel.
//
// Owns        the correlation ids of one channel, and the client id that goes with each request.
// Does not    own the channel (it must outlive the Caller and its calls), choose versions, or
//             retry.
// Threading   the channel's executor.
// Kafka       NetworkClient, without its reconnecting and version bookkeeping.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "env/network.h"
#include "protocol/header.h"

namespace barnabas::protocol {

struct UnexpectedCorrelationId {
  std::int32_t sent;
  std::int32_t received;
  friend bool operator==(const UnexpectedCorrelationId&, const UnexpectedCorrelationId&) = default;
};

// The network failed, the answer was not ours, the answer was malformed, or the request did not fit
// its version.
using CallError = std::variant<std::error_code, UnexpectedCorrelationId, DecodeError, EncodeError>;
std::string to_string(const CallError& error);

// A response whose `records` are views into `frame`: keep both, move both.
template <class Response>
struct Framed {
  env::Frame frame;
  Response body;
};

class Caller {
 public:
  Caller(env::Channel* channel, std::string client_id)
      : channel_(channel), client_id_(std::move(client_id)) {}

  // After UnexpectedCorrelationId or DecodeError nothing that comes on this channel can be trusted:
  // drop it.
  template <class Request>
  env::Task<std::expected<typename Request::Response, CallError>> call(Request request,
                                                                       std::int16_t version,
                                                                       env::Duration timeout) {
    static_assert(!Request::Response::kHasRecords, "views need their frame: use call_framed");
    auto answer = co_await call_framed(std::move(request), version, timeout);
    if (!answer) co_return std::unexpected(answer.error());
    co_return std::move(answer->body);
  }

  template <class Request>
  env::Task<std::expected<Framed<typename Request::Response>, CallError>> call_framed(
      Request request, std::int16_t version, env::Duration timeout) {
    Writer out;
    const auto id = write_header(out, Request::kKey, version);
    request.encode(out, version);
    auto frame = flatten(out);
    if (!frame) co_return std::unexpected(frame.error());
    auto answer = co_await channel_->call(*std::move(frame), timeout);
    if (!answer) co_return std::unexpected(CallError(answer.error()));
    co_return parse<typename Request::Response>(*std::move(answer), id, version);
  }

 private:
  std::int32_t write_header(Writer& out, ApiKey key, std::int16_t version);
  // Requests carry no file slices: nobody sends records from a file to another broker.
  static std::expected<env::Frame, CallError> flatten(Writer& out);
  static std::expected<void, CallError> check_header(Reader& in, ApiKey key, std::int16_t version,
                                                     std::int32_t sent);

  template <class Response>
  static std::expected<Framed<Response>, CallError> parse(env::Frame frame, std::int32_t id,
                                                          std::int16_t version) {
    Reader in{env::MutableBytes(frame)};
    const auto header = check_header(in, Response::kKey, version, id);
    if (!header) return std::unexpected(header.error());
    auto body = Response::decode(in, version);
    if (!body) return std::unexpected(CallError(body.error()));
    return Framed<Response>{std::move(frame), *std::move(body)};
  }

  env::Channel* channel_;
  std::string client_id_;
  std::int32_t next_id_ = 0;
};

}  // namespace barnabas::protocol
