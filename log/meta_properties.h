// meta.properties: which broker and cluster a log directory belongs to.
//
// Kafka       MetaProperties (KIP-858): version 0 names broker.id, version 1 (KRaft) node.id.
//             A file without sense counts as an empty one of version 0, as in Kafka.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "log/java_properties.h"
#include "protocol/types.h"

namespace barnabas::log {

inline constexpr std::string_view kMetaPropertiesFile = "meta.properties";

struct MetaProperties {  // <dir>/meta.properties
  int version = 0;
  std::optional<BrokerId> broker_id;
  std::optional<std::string> cluster_id;
  Properties others;  // kept as they are (directory.id)
  friend bool operator==(const MetaProperties&, const MetaProperties&) = default;
};

MetaProperties parse_meta_properties(std::string_view text);
std::string format_meta_properties(const MetaProperties& meta, std::int64_t wall_ms);

}  // namespace barnabas::log
