#include "broker/group/subscription.h"

#include <algorithm>

#include "protocol/messages/consumer_protocol_subscription.h"

namespace barnabas::broker::group {
namespace {

using protocol::ConsumerProtocolSubscription;

// Adds the topics in `metadata`; false if it is no subscription. A version of the future reads as
// the last one we know: what they add comes after what we read.
bool add_topics(const Blob& metadata, std::set<std::string>& topics) {
  protocol::Reader in{env::Bytes(metadata)};
  const auto version = in.int16();
  if (version < 0) return false;
  auto read = ConsumerProtocolSubscription::decode(
      in, std::min(version, ConsumerProtocolSubscription::kMaxVersion));
  if (!read) return false;
  topics.insert(read->topics.begin(), read->topics.end());
  return true;
}

}  // namespace

std::optional<std::set<std::string>> subscribed_topics(
    const std::optional<std::string>& protocol_type, const std::optional<std::string>& protocol,
    const Members& members) {
  if (protocol_type != kConsumerProtocolType) return std::nullopt;
  std::set<std::string> topics;
  if (members.empty()) return topics;
  if (!protocol) return std::nullopt;
  for (const auto& [id, member] : members.all()) {
    if (!add_topics(member.metadata(*protocol), topics)) return std::nullopt;
  }
  return topics;
}

}  // namespace barnabas::broker::group
