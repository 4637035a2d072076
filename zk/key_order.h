// The order in which a JVM broker's hash maps put the keys of a JSON document.
//
// Readers must not care; but a znode that comes out byte for byte as Kafka's makes diffs of a
// mixed cluster readable and lets tests compare bytes.
// Kafka       scala.collection.mutable.HashMap and java.util.Properties, as zk/ZkData.scala uses
//             them.
// Differs     two keys of one Properties bucket come in the order given (Java: the order they were
//             put).
#pragma once

#include <string>
#include <vector>

namespace barnabas::zk {

// Indexes into `keys` (ASCII, no duplicates), in iteration order.
std::vector<std::size_t> scala_map_order(const std::vector<std::string>& keys);
std::vector<std::size_t> properties_order(const std::vector<std::string>& keys);

}  // namespace barnabas::zk
