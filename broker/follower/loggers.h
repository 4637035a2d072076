// The logger's name, as Kafka's log4j configuration knows it.
#pragma once

namespace barnabas::broker::follower {

inline constexpr auto kFetcherLog = "kafka.server.ReplicaFetcherThread";

}  // namespace barnabas::broker::follower
