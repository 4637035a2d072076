// One classic consumer group: who is in it, which generation it is in, and who waits for what.
//
// Owns        the members, the members whose id is not used yet (KIP-394), the timers' deadlines,
//             the tickets of the joins and syncs that wait, the writes that are on their way.
// Does not    know the time, do I/O, lock, wait or keep committed offsets. Not a version of a
//             request either: see types.h.
// Threading   one user at a time.
// Invariants  a generation never goes back; every ticket given to join() or sync() is answered
//             exactly once (in the Effects of some call); the leader is a member; while the group
//             is Stable or CompletingRebalance no join waits except for a write of a static
//             member; in Empty there are no members; all it holds is bounded by its members.
// Kafka       GroupCoordinator and GroupMetadata of the old (ZooKeeper mode) coordinator. Differs:
//             a join or sync that the same member sends again, or whose member leaves, is answered
//             (REBALANCE_IN_PROGRESS, UNKNOWN_MEMBER_ID) where Kafka forgets it; a leader that
//             syncs again while its assignment is being stored does not store it twice.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/group/members.h"
#include "broker/group/types.h"

namespace barnabas::broker::group {

// INVALID_SESSION_TIMEOUT, checked before a join may create a group.
ErrorCode check_session_timeout(const GroupConfig& config, Millis session_timeout);

// What a member is told when appending to __consumer_offsets failed with `append_error`.
ErrorCode stored_error(ErrorCode append_error);

class Group {
 public:
  // A new, empty group.
  Group(std::string id, GroupConfig config, Moment now);
  // As __consumer_offsets has it; no timer runs until on_loaded().
  Group(std::string id, GroupConfig config, StoredGroup stored);

  // The whole partition is loaded: sessions start anew; a group that is over its size rebalances.
  Effects on_loaded(Moment now);

  // The caller has checked the session timeout, and that a group which did not exist was asked for
  // without a member id (UNKNOWN_MEMBER_ID otherwise).
  Effects join(Ticket ticket, JoinRequest request, Moment now);
  Effects sync(Ticket ticket, SyncRequest request, Moment now);
  ErrorCode heartbeat(const MemberClaim& claim, Moment now);
  LeaveResult leave(const std::vector<LeavingMember>& leaving, Moment now);

  // Whether offsets may be committed; counts as a heartbeat. kNone: go on.
  ErrorCode check_commit(const MemberClaim& claim, Moment now);
  // The same for TxnOffsetCommit (KIP-447), which may come from outside the group.
  ErrorCode check_txn_commit(const MemberClaim& claim) const;

  // What append answered (as the log's error: stored_error() is applied here).
  Effects on_stored(StoreToken token, ErrorCode append_error, Moment now);

  // Not later than the first timer; heartbeats move timers back without moving this, so advance()
  // may find nothing to do. Empty: no timer runs.
  std::optional<env::Instant> next_deadline() const;
  Effects advance(Moment now);

  // The group moves away or is deleted: it is Dead, and whoever waits is told NOT_COORDINATOR.
  Effects kill(Moment now);

  const std::string& id() const { return id_; }
  GroupState state() const { return state_; }
  Generation generation() const { return generation_; }
  const std::optional<std::string>& protocol_type() const { return protocol_type_; }
  std::size_t size() const { return members_.size(); }
  Description describe() const;
  Overview overview() const;

  // DeleteGroups: NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND if Dead, or kNone.
  ErrorCode check_delete() const;
  // OffsetDelete: as above, but a group of consumers may have members; then offsets of topics it
  // is_subscribed_to() stay (GROUP_SUBSCRIBED_TO_TOPIC).
  ErrorCode check_delete_offsets() const;
  bool is_subscribed_to(const std::string& topic) const;
  // Empty: nothing expires now.
  std::optional<ExpiryRule> expiry_rule() const;

 private:
  using Assignments = std::map<std::string, Blob>;  // by member id

  // One public call: when it is, and what comes of it.
  struct Step {
    Moment now;
    Effects effects;
    void answer(Ticket ticket, JoinAnswer answer) {
      effects.joins.emplace_back(ticket, std::move(answer));
    }
    void answer(Ticket ticket, SyncAnswer answer) {
      effects.syncs.emplace_back(ticket, std::move(answer));
    }
  };
  // A leader's assignment that is being stored.
  struct PendingAssignment {
    StoreToken token;
    Assignments by_member;
  };
  // A static member that came back to a stable group is being stored under its new id; what to
  // restore if that fails.
  struct PendingReplacement {
    std::string old_member_id;
    std::string new_member_id;
    std::optional<std::string> old_leader;
    std::vector<Protocol> old_protocols;
    Millis old_rebalance_timeout;
    Millis old_session_timeout;
    bool supports_skip_assignment;
  };
  // The rebalance of a group that was empty waits for more members (KIP-134).
  struct InitialDelay {
    Millis delay;      // the one that runs
    Millis remaining;  // how much longer it may become
  };

  // join.cc
  bool accepts(const std::string& member_id) const;
  bool supports(const JoinRequest& request) const;
  void join_new(Step& step, Ticket ticket, JoinRequest request);
  void join_known(Step& step, Ticket ticket, JoinRequest request);
  void rejoin(Step& step, Ticket ticket, JoinRequest request, Member& member);
  void add_member(Step& step, Ticket ticket, JoinRequest request, std::string member_id);
  void update_member(Step& step, Ticket ticket, JoinRequest request, Member& member);
  void answer_join(Step& step, Member& member, JoinAnswer answer);
  JoinAnswer join_answer(const Member& member) const;
  std::vector<JoinedMember> joined_members() const;

  // static_members.cc
  void replace_static(Step& step, Ticket ticket, JoinRequest request, const std::string& new_id);
  Member& replace_id(Step& step, const std::string& old_id, const std::string& new_id);
  void replacement_stored(Step& step, const PendingReplacement& replacement, ErrorCode error);
  void revert(Step& step, const PendingReplacement& replacement, ErrorCode error);

  // rebalance.cc
  void maybe_prepare_rebalance(Step& step, const std::string& reason);
  void prepare_rebalance(Step& step, const std::string& reason);
  void start_initial_delay(Step& step, Millis delay, Millis remaining);
  void initial_delay_over(Step& step);
  void start_join_timer(Step& step);
  void maybe_complete_join(Step& step);
  void complete_join(Step& step);
  void remove_not_rejoined(Step& step);
  void become_empty(Step& step);
  void begin_generation(Step& step);
  void sync_deadline_over(Step& step);

  // sync.cc
  ErrorCode check_sync(const SyncRequest& request) const;
  void received_sync(const std::string& member_id);
  void await_sync(Step& step, Ticket ticket, SyncRequest request);
  void store_assignment(Step& step, std::vector<Assignment> assignments);
  void assignment_stored(Step& step, PendingAssignment pending, ErrorCode error);
  SyncAnswer sync_answer(const Member& member) const;
  void answer_sync(Step& step, Member& member, SyncAnswer answer);
  void answer_all_syncs(Step& step, ErrorCode error);
  void reset_assignments();

  // leave.cc
  ErrorCode leave_one(Step& step, const LeavingMember& leaving);
  void remove_member(Step& step, const std::string& id, const std::string& reason);
  void remove_pending(Step& step, const std::string& id);
  void drop(Step& step, const std::string& id);

  // timers.cc
  void restart_session(Member& member, Moment now);
  void run_session(Member& member, env::Instant deadline);
  void run_pending(const std::string& member_id, env::Instant deadline);
  std::vector<std::pair<env::Instant, std::string>> sessions_due(env::Instant now) const;
  void find_first_session();
  void expire(Step& step, const std::string& id);
  void fire_rebalance_timers(Step& step, env::Instant until);

  // store.cc
  StoreToken store(Step& step, const Assignments& assignments);
  StoredGroup snapshot(const Assignments& assignments) const;
  Assignments current_assignments() const;
  void forget_stores();

  // heartbeat.cc
  ErrorCode check_committer(const MemberClaim& claim, bool in_transaction) const;

  // group.cc
  void become(Step& step, GroupState next);
  ErrorCode check_member(const std::string& member_id,
                         const std::optional<std::string>& instance_id) const;
  ErrorCode check_claim(const MemberClaim& claim) const;
  void note(Step& step, const std::string& what) const;

  const std::string id_;
  const GroupConfig config_;

  GroupState state_ = GroupState::kEmpty;
  Timestamp state_since_;  // kNoTimestamp: stored by a Kafka before 2.1
  Generation generation_{0};
  std::optional<std::string> protocol_type_;
  std::optional<std::string> protocol_name_;
  std::optional<std::set<std::string>> subscribed_;  // none: not known
  Members members_;

  bool member_added_ = false;  // since the initial delay began to run
  std::optional<InitialDelay> initial_delay_;
  std::optional<env::Instant> join_deadline_;
  std::optional<env::Instant> sync_deadline_;
  std::optional<env::Instant> first_session_;  // not later than any session's or unused id's

  StoreToken last_token_{0};
  std::optional<PendingAssignment> pending_assignment_;
  std::map<StoreToken, PendingReplacement> pending_replacements_;
};

}  // namespace barnabas::broker::group
