#include "broker/api/answer.h"

#include <fmt/format.h>

#include "env/log.h"
#include "protocol/header.h"

namespace barnabas::broker::api {

protocol::Writer start(const RequestContext& context, std::size_t expected_bytes) {
  protocol::Writer out(expected_bytes);
  const protocol::ResponseHeader header{context.header.correlation_id};
  header.encode(out, context.header.key, context.version());
  return out;
}

Answer finish(const RequestContext& context, protocol::Writer& out) {
  auto encoded = out.take();
  if (encoded) return std::move(*encoded);
  env::log_error("kafka.server.KafkaApis", "No answer to {} v{} from {}: {}",
                 name(context.header.key), context.version(), context.connection->peer,
                 protocol::to_string(encoded.error()));
  return std::nullopt;
}

CloseConnection malformed(const RequestContext& context, const protocol::DecodeError& error) {
  return {fmt::format("malformed {} v{} request: {}", name(context.header.key), context.version(),
                      protocol::to_string(error))};
}

}  // namespace barnabas::broker::api
