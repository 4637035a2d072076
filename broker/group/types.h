// What a group takes and gives: shapes of its own, so that no version of a request reaches it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "env/clock.h"
#include "protocol/error_code.h"
#include "protocol/types.h"

namespace barnabas::broker::group {

using Blob = std::vector<std::byte>;  // a client's metadata or assignment: never read, only kept

inline constexpr Generation kNoGeneration{-1};

// A request that may have to wait: a number that its caller chose, unused so far in this group.
using Ticket = Named<struct TicketTag, std::uint64_t>;
// A write of the group's metadata that is on its way. Unique within one Group.
using StoreToken = Named<struct StoreTokenTag, std::uint64_t>;

// Timers run on the steady clock; the time of the last change of state is stored, so it is wall
// time.
struct Moment {
  env::Instant steady;
  Timestamp wall;
};

struct GroupConfig {
  Millis initial_rebalance_delay{3000};  // group.initial.rebalance.delay.ms
  std::int32_t max_size = 2147483647;    // group.max.size
  Millis min_session_timeout{6000};      // group.min.session.timeout.ms
  Millis max_session_timeout{1800000};   // group.max.session.timeout.ms
};

enum class GroupState { kEmpty, kPreparingRebalance, kCompletingRebalance, kStable, kDead };
std::string_view name(GroupState state);  // "PreparingRebalance": as DescribeGroups prints it

// A way to assign that a member offers, and what it tells the leader under it.
struct Protocol {
  std::string name;
  Blob metadata;
  friend bool operator==(const Protocol&, const Protocol&) = default;
};

struct JoinRequest {
  std::string member_id;  // empty: not known yet
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  Millis rebalance_timeout;  // version 0 has none: the session timeout then
  Millis session_timeout;
  std::string protocol_type;
  std::vector<Protocol> protocols;
  bool require_known_member_id = false;   // KIP-394: version 4 and later
  bool supports_skip_assignment = false;  // KIP-814: version 9 and later
  std::string reason;
  Uuid random;  // for the id of a new member
};

struct JoinedMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  Blob metadata;  // under the chosen protocol
  friend bool operator==(const JoinedMember&, const JoinedMember&) = default;
};

struct JoinAnswer {
  ErrorCode error = ErrorCode::kNone;
  Generation generation = kNoGeneration;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  std::string leader;
  bool skip_assignment = false;
  std::string member_id;
  std::vector<JoinedMember> members;  // for the leader only
};

struct Assignment {
  std::string member_id;
  Blob bytes;
};

struct SyncRequest {
  std::string member_id;
  std::optional<std::string> instance_id;
  Generation generation;
  std::optional<std::string> protocol_type;  // not checked if the version has none
  std::optional<std::string> protocol_name;
  std::vector<Assignment> assignments;  // from the leader
};

struct SyncAnswer {
  ErrorCode error = ErrorCode::kNone;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  Blob assignment;
};

// Who says so in Heartbeat and OffsetCommit.
struct MemberClaim {
  std::string member_id;
  std::optional<std::string> instance_id;
  Generation generation = kNoGeneration;
};

struct LeavingMember {
  std::string member_id;  // empty: whoever has the instance id
  std::optional<std::string> instance_id;
  std::optional<std::string> reason;
};

// One member in a GroupMetadataValue.
struct StoredMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  Millis rebalance_timeout;  // below 0 (version 0 has none): the session timeout
  Millis session_timeout;
  Blob subscription;
  Blob assignment;
  friend bool operator==(const StoredMember&, const StoredMember&) = default;
};

// A GroupMetadataValue: what outlives the coordinator.
struct StoredGroup {
  std::string protocol_type;
  Generation generation{0};
  std::optional<std::string> protocol;
  std::optional<std::string> leader;
  Timestamp state_since = kNoTimestamp;
  std::vector<StoredMember> members;
  friend bool operator==(const StoredGroup&, const StoredGroup&) = default;
};

struct Store {
  StoreToken token;
  StoredGroup value;
};

// What a call asks of its caller, in this order: log, answer, store (each store ends in
// Group::on_stored).
struct Effects {
  std::vector<std::pair<Ticket, JoinAnswer>> joins;
  std::vector<std::pair<Ticket, SyncAnswer>> syncs;
  std::vector<Store> stores;
  std::vector<std::string> log;  // worth an INFO line each
};

struct LeaveResult {
  ErrorCode error = ErrorCode::kNone;  // of the whole request: `members` is empty then
  std::vector<ErrorCode> members;      // in the order asked
  Effects effects;
};

// DescribeGroups; before Kafka has chosen a protocol, metadata and assignments are left empty.
struct DescribedMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  Blob metadata;
  Blob assignment;
};
struct Description {
  GroupState state = GroupState::kDead;  // what is said of a group that nobody knows
  std::string protocol_type;
  std::string protocol;
  std::vector<DescribedMember> members;
};

// ListGroups.
struct Overview {
  std::string group_id;
  std::string protocol_type;
  GroupState state;
};

// Which committed offsets have outlived their retention (KIP-211): those whose base is that long
// ago. The base is `empty_since` if there is one, else the time of the commit.
struct ExpiryRule {
  std::optional<Timestamp> empty_since;
  std::set<std::string> subscribed;  // offsets of these topics never expire
};

}  // namespace barnabas::broker::group
