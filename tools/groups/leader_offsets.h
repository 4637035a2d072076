// Asks the leaders of partitions for offsets of their logs, again for those whose leader was not to
// be found, until all is known or the time is over.
//
// Owns        which partitions are still to be asked for, and what was found.
// Threading   one executor; find() once.
// Kafka       clients/admin/internals/ListOffsetsHandler, PartitionLeaderStrategy.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "protocol/messages/list_offsets.h"
#include "protocol/messages/metadata.h"
#include "tools/admin_client.h"
#include "tools/groups/groups_result.h"
#include "tools/groups/reset_plan.h"

namespace barnabas::tools {

inline constexpr Timestamp kLatest{-1};
inline constexpr Timestamp kEarliest{-2};

class LeaderOffsets {
 public:
  // The first offsets from a time on, or kLatest, or kEarliest.
  LeaderOffsets(AdminClient& client, env::Duration timeout, Timestamp at)
      : client_(client), timeout_(timeout), at_(at) {}

  // kNoOffset where there is none from that time on.
  env::Task<Called<PartitionOffsets>> find(std::vector<TopicPartition> partitions);

 private:
  using Requests = std::map<BrokerId, protocol::ListOffsetsRequest>;

  env::Task<Called<protocol::MetadataResponse>> metadata();
  Called<Requests> by_leader(const protocol::MetadataResponse& metadata) const;
  Thrown unknown_topic(const std::string& topic) const;
  Called<void> take(const protocol::ListOffsetsResponse& answer);

  AdminClient& client_;
  const env::Duration timeout_;
  const Timestamp at_;
  std::set<TopicPartition> pending_;
  PartitionOffsets found_;
};

}  // namespace barnabas::tools
