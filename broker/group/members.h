// The members of one group, and the ids that were given out and not used yet.
//
// Owns        each member by id, who leads, which static instance has which member id, which
//             members have not synced since the generation began.
// Does not    decide when anything happens: no state, no timers, no answers.
// Threading   one user.
// Invariants  the leader is a member, or there are none; an instance id leads to a member with that
//             instance id; a pending id is no member.
// Kafka       GroupMetadata's collections. Order is the member ids', where Kafka has a hash map's.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/group/types.h"

namespace barnabas::broker::group {

struct Member {
  std::string id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  Millis rebalance_timeout;
  Millis session_timeout;
  std::vector<Protocol> protocols;  // the one it likes best first; set by Members
  Blob assignment;

  std::optional<Ticket> join;  // waits for the generation to begin; set by Members
  std::optional<Ticket> sync;  // waits for the assignment
  bool is_new = false;         // has not been in a generation yet: it may expire while it waits
  env::Instant deadline{};     // of its session; counts while can_expire()

  // A member whose request waits here cannot send heartbeats.
  bool can_expire() const { return is_new || (!join && !sync); }
  // What it told the leader under that protocol; empty if it does not have it.
  Blob metadata(const std::string& protocol) const;
};

class Members {
 public:
  using Map = std::map<std::string, Member>;

  // Not there yet. The first one leads.
  Member& add(Member member);
  // Member or pending id; not there is fine. If it led, another one does.
  void remove(const std::string& id);
  // A static member's new incarnation.
  Member& rename(const std::string& old_id, const std::string& new_id);
  void set_protocols(Member& member, std::vector<Protocol> protocols);

  bool empty() const { return by_id_.empty(); }
  std::size_t size() const { return by_id_.size(); }
  Member* find(const std::string& id);
  const Member* find(const std::string& id) const;
  const std::string* id_of_instance(const std::string& instance_id) const;
  Map& all() { return by_id_; }
  const Map& all() const { return by_id_; }

  const std::optional<std::string>& leader() const { return leader_; }
  void set_leader(std::optional<std::string> id) { leader_ = std::move(id); }
  bool is_leader(const std::string& id) const { return leader_ == id; }
  // A leader that waits to join keeps the lead; else a member that does takes it. False: none
  // waits.
  bool elect_joined_leader();

  void start_join(Member& member, Ticket ticket);
  std::optional<Ticket> end_join(Member& member);
  std::size_t joining() const { return joining_; }  // how many wait to join
  bool all_joined() const { return pending_.empty() && joining_ == size(); }
  Millis rebalance_timeout() const;  // the longest; 0 for none

  // Offered by everybody; trivially so without members.
  bool all_support(const std::string& protocol) const;
  // Each votes for the first of its protocols that everybody has: there is one, and a member.
  std::string select_protocol() const;

  // Ids given out under KIP-394: an id and until when it may be used.
  std::map<std::string, env::Instant>& pending() { return pending_; }
  const std::map<std::string, env::Instant>& pending() const { return pending_; }
  bool is_pending(const std::string& id) const { return pending_.contains(id); }

  // Who has not sent SyncGroup in this generation.
  std::set<std::string>& unsynced() { return unsynced_; }

 private:
  void count(const std::vector<Protocol>& protocols, int by);

  Map by_id_;
  std::map<std::string, std::string> id_by_instance_;
  std::map<std::string, std::size_t> offered_by_;  // protocol: how many members have it
  std::optional<std::string> leader_;
  std::size_t joining_ = 0;
  std::map<std::string, env::Instant> pending_;
  std::set<std::string> unsynced_;
};

}  // namespace barnabas::broker::group
