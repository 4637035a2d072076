// What the members of a consumer group say they read: the one piece of client metadata that the
// coordinator looks into.
//
// Does not    trust it: other clients may put anything there.
// Kafka       GroupMetadata.computeSubscribedTopics, ConsumerProtocol.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "broker/group/members.h"

namespace barnabas::broker::group {

// The protocol type whose metadata is a ConsumerProtocolSubscription.
inline constexpr std::string_view kConsumerProtocolType = "consumer";

// All topics that members of a group of that type subscribe to under `protocol`. None: it is not a
// group of consumers, or somebody's metadata cannot be read.
std::optional<std::set<std::string>> subscribed_topics(
    const std::optional<std::string>& protocol_type, const std::optional<std::string>& protocol,
    const Members& members);

}  // namespace barnabas::broker::group
