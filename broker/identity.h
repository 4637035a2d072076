// Which broker the log directories belong to, by their meta.properties.
//
// Threading   pure.
// Kafka       server/BrokerMetadataCheckpoint, KafkaServer.getOrGenerateBrokerId.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/membership.h"
#include "log/log_manager.h"

namespace barnabas::broker {

using FoundProperties = std::vector<std::pair<std::string, log::MetaProperties>>;  // by directory

// The id all directories agree on, nullopt if none has one; an error if they do not agree, if it is
// not the `configured` one (negative: none is), or if they belong to another cluster.
Startup<std::optional<BrokerId>> id_on_disk(const FoundProperties& found, BrokerId configured,
                                            const std::string& cluster_id);

}  // namespace barnabas::broker
