// How requests get in: sockets (net/server.h), or the simulator's network.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "env/task.h"

namespace barnabas::broker {

class Frontend {
 public:
  virtual ~Frontend() = default;
  // Binds every listener; the ports really bound, in their order. An error names host and port.
  virtual std::expected<std::vector<std::uint16_t>, std::string> bind() = 0;
  // Who connects before it is refused; after it they wait for start().
  virtual std::expected<void, std::string> listen() = 0;
  virtual void start() = 0;
  // Stops accepting, closes every connection and waits for all handlers that still run.
  virtual env::Task<void> stop() = 0;
};

}  // namespace barnabas::broker
