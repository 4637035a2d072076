// Who asks, and on what: the parts of a request that are not in its body.
#pragma once

#include <memory>
#include <string>

#include "env/task.h"
#include "protocol/header.h"

namespace barnabas::broker::api {

// One per connection; outlives every request on it.
struct ConnectionContext {
  std::string listener;  // listener name, e.g. "PLAINTEXT"
  std::string security_protocol = "PLAINTEXT";
  bool privileged = false;  // the inter-broker (or control plane) listener
  std::string principal = "User:ANONYMOUS";
  std::string peer;  // "127.0.0.1:5123", for log lines
  std::string peer_host;
  std::string software_name = "unknown";  // ApiVersions v3 (KIP-511)
  std::string software_version = "unknown";
  env::Executor executor;  // the loop the connection lives on
};

struct RequestContext {
  protocol::RequestHeader header;
  std::shared_ptr<ConnectionContext> connection;

  std::int16_t version() const { return header.version; }
};

}  // namespace barnabas::broker::api
