// Turning a response struct into a Reply, and a typed handler into a table row's Handler.
#pragma once

#include <type_traits>
#include <utility>

#include "broker/api/context.h"
#include "broker/api/reply.h"
#include "protocol/reader.h"
#include "protocol/writer.h"

namespace barnabas::broker::api {

struct Services;

// Writes header and body; nullopt (and a log line) if the response does not fit its version.
Answer finish(const RequestContext& context, protocol::Writer& out);
protocol::Writer start(const RequestContext& context, std::size_t expected_bytes);
CloseConnection malformed(const RequestContext& context, const protocol::DecodeError& error);
inline CloseConnection unanswerable() { return {.reason = "the answer could not be encoded"}; }

template <class Response>
Answer encode(const RequestContext& context, const Response& response,
              std::size_t expected_bytes = 256) {
  auto out = start(context, expected_bytes);
  response.encode(out, context.version());
  return finish(context, out);
}

template <class Response>
Reply reply(const RequestContext& context, const Response& response) {
  auto answer = encode(context, response);
  if (!answer) return unanswerable();
  return std::move(*answer);
}

template <class Response>
env::Task<Answer> encode_when_done(RequestContext context, env::Task<Response> task) {
  const auto response = co_await std::move(task);
  co_return encode(context, response);
}

// Fn(Services&, const RequestContext&, Request) gives a Response or a Reply;
// Fn(Services*, RequestContext, Request), by value, is a coroutine that gives a Response.
template <class Request, auto Fn>
Reply typed(Services& services, const RequestContext& context, protocol::Reader& body) {
  auto request = Request::decode(body, context.version());
  if (!request) return malformed(context, request.error());
  using Response = typename Request::Response;
  if constexpr (std::is_invocable_v<decltype(Fn), Services*, RequestContext, Request>) {
    return Later{encode_when_done<Response>(context, Fn(&services, context, *std::move(request)))};
  } else if constexpr (std::is_invocable_r_v<Reply, decltype(Fn), Services&, const RequestContext&,
                                             Request>) {
    return Fn(services, context, *std::move(request));
  } else {
    return reply(context, Fn(services, context, *std::move(request)));
  }
}

}  // namespace barnabas::broker::api
