// Connections to other brokers: one request frame in, one response frame out.
//
// Owns        nothing here. A Channel owns at most one connection, opened when first needed.
// Does not    know Kafka's messages (protocol/call.h puts types on it), retry, or reorder.
// Threading   a Channel belongs to one executor.
// Bounds      kMaxInflight requests per channel (a caller beyond that waits), kMaxFrame bytes per
//             response.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "env/clock.h"
#include "env/files.h"
#include "env/task.h"

namespace barnabas::env {

using Frame = std::vector<std::byte>;  // without the 4-byte length in front

struct Address {
  std::string host;
  std::uint16_t port = 0;
  friend auto operator<=>(const Address&, const Address&) = default;
};

class Channel {
 public:
  static constexpr std::size_t kMaxInflight = 5;
  static constexpr std::size_t kMaxFrame = 512u << 20;

  virtual ~Channel() = default;
  // Sends one request and returns its response. Responses come in request order; any error or
  // timeout closes the connection and fails everything in flight (std::errc::timed_out,
  // connection_refused, connection_reset, operation_canceled). The next call connects again.
  virtual Task<IoResult<Frame>> call(Frame request, Duration timeout) = 0;
  // Fails everything in flight with operation_canceled; later calls fail at once.
  virtual void close() = 0;
};

class Network {
 public:
  virtual ~Network() = default;
  virtual std::unique_ptr<Channel> connect(Address address, Executor executor) = 0;
};

}  // namespace barnabas::env
