// Channels over TCP.
//
// Owns        nothing: each Channel owns its own connection.
// Does not    encrypt or authenticate.
// Threading   connect() from any thread; a Channel belongs to its executor.
#pragma once

#include <memory>

#include "env/clock.h"
#include "env/network.h"

namespace barnabas::env {

class PosixNetwork : public Network {
 public:
  explicit PosixNetwork(Clock& clock) : clock_(clock) {}
  std::unique_ptr<Channel> connect(Address address, Executor executor) override;

 private:
  Clock& clock_;
};

}  // namespace barnabas::env
