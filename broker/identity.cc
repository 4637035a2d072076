#include "broker/identity.h"

#include <fmt/format.h>

namespace barnabas::broker {

Startup<std::optional<BrokerId>> id_on_disk(const FoundProperties& found, BrokerId configured,
                                            const std::string& cluster_id) {
  std::optional<BrokerId> id;
  for (const auto& [directory, meta] : found) {
    if (meta.version != 0) {
      return std::unexpected(fmt::format(
          "Found unexpected metadata version {} in `{}/meta.properties`: a KRaft directory",
          meta.version, directory));
    }
    if (meta.cluster_id && *meta.cluster_id != cluster_id) {
      return std::unexpected(
          fmt::format("Invalid cluster.id in: {}/meta.properties. Expected {}, but read {}",
                      directory, cluster_id, *meta.cluster_id));
    }
    if (!meta.broker_id) continue;
    const auto expected = configured.value >= 0 ? configured : id.value_or(*meta.broker_id);
    if (*meta.broker_id != expected) {
      return std::unexpected(fmt::format(
          "Stored node id {} doesn't match previous node id {} in {}/meta.properties. If you moved "
          "your data, make sure your configured node id matches. If you intend to create a new "
          "node, you should remove all data in your data directories.",
          meta.broker_id->value, expected.value, directory));
    }
    id = meta.broker_id;
  }
  return id;
}

}  // namespace barnabas::broker
