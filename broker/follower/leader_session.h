// This broker's side of one incremental fetch session (KIP-227): what the leader already knows
// need not be said again.
//
// Owns        what is wanted of the leader, and which of it has changed since the last request.
// Does not    send anything, or know why something is wanted.
// Threading   none: its fetcher's.
// Invariants  as long as the session holds, the leader knows all that is wanted except what has
//             changed; after any failure the next request says everything and closes the old
//             session.
// Kafka       clients/FetchSessionHandler. Differs: takes changes as they happen instead of
//             comparing all partitions at every request.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "protocol/messages/fetch.h"
#include "protocol/types.h"

namespace barnabas::broker::follower {

struct WantedPartition {
  TopicId topic_id;  // zero if it has none
  Offset fetch_offset;
  Offset log_start;
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  LeaderEpoch last_fetched_epoch = kNoLeaderEpoch;
  friend bool operator==(const WantedPartition&, const WantedPartition&) = default;
};

class LeaderSession {
 public:
  void want(const TopicPartition& tp, const WantedPartition& wanted);
  void drop(const TopicPartition& tp);
  // Nothing is wanted, and the leader has nothing to forget.
  bool has_nothing_to_say() const {
    return wanted_.empty() && (forgotten_.empty() || epoch_ == kOpen);
  }
  // Every topic has an id, so that Fetch v13 and later can be spoken.
  bool has_ids() const { return without_id_ == 0; }

  // Session, topics and forgotten topics of the next request. Topics that brought nothing for
  // longest come first.
  void fill(protocol::FetchRequest& request, bool by_id, std::int32_t partition_max_bytes);
  // False: the answer must not be used, the session begins anew.
  bool accept(const protocol::FetchResponse& response);
  void connection_failed() { epoch_ = kOpen; }

  // By the id in an answer; empty if it was not asked for.
  std::string topic_name(const TopicId& id) const;

 private:
  static constexpr std::int32_t kNoSession = 0;
  static constexpr std::int32_t kOpen = 0;  // opens a session, and closes the one it names

  struct Slot {
    WantedPartition wanted;
    std::uint64_t turn = 0;  // of its last change
  };
  using Wanted = std::unordered_map<TopicPartition, Slot>;
  using Item = std::pair<const TopicPartition, Slot>;

  void forget(const TopicPartition& tp, const Slot& slot);
  void count_id(const TopicPartition& tp, const WantedPartition& wanted);
  std::vector<const Item*> to_send(bool everything) const;
  bool is_complete(const protocol::FetchResponse& response) const;

  Wanted wanted_;
  std::unordered_set<TopicPartition> changed_;
  std::set<std::pair<TopicPartition, TopicId>> forgotten_;
  struct Name {
    std::string topic;
    std::size_t partitions = 0;
  };
  std::unordered_map<TopicId, Name> names_;
  std::size_t without_id_ = 0;
  std::uint64_t turns_ = 0;

  std::int32_t session_id_ = kNoSession;
  std::int32_t epoch_ = kOpen;  // of the next request
  bool by_id_ = false;          // how the session was opened
  std::size_t sent_ = 0;        // partitions in the last request
};

}  // namespace barnabas::broker::follower
