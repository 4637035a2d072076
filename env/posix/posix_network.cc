#include "env/posix/posix_network.h"

#include "env/pipelined_channel.h"
#include "env/posix/connection.h"

namespace barnabas::env {

std::unique_ptr<Channel> PosixNetwork::connect(Address address, Executor executor) {
  return std::make_unique<PipelinedChannel>(
      clock_, [address, executor] { return Connection::open(executor, address); });
}

}  // namespace barnabas::env
