#include "broker/group/members.h"

#include <algorithm>
#include <set>

#include "env/check.h"

namespace barnabas::broker::group {

Blob Member::metadata(const std::string& protocol) const {
  const auto found = std::ranges::find(protocols, protocol, &Protocol::name);
  return found == protocols.end() ? Blob{} : found->metadata;
}

// A member that names a protocol twice offers it once: who has it is counted in members.
void Members::count(const std::vector<Protocol>& protocols, int by) {
  std::set<std::string_view> seen;
  for (const auto& protocol : protocols) {
    if (!seen.insert(protocol.name).second) continue;
    auto& members = offered_by_[protocol.name];
    members += static_cast<std::size_t>(by);
    if (members == 0) offered_by_.erase(protocol.name);
  }
}

Member& Members::add(Member member) {
  BB_CHECK(!by_id_.contains(member.id));
  if (member.instance_id) {
    const bool free = id_by_instance_.emplace(*member.instance_id, member.id).second;
    BB_CHECK(free);
  }
  if (!leader_) leader_ = member.id;
  pending_.erase(member.id);
  count(member.protocols, 1);
  if (member.join) ++joining_;
  const auto id = member.id;
  return by_id_.emplace(id, std::move(member)).first->second;
}

void Members::remove(const std::string& id) {
  const auto key = id;  // `id` may be the removed member's own
  pending_.erase(key);
  unsynced_.erase(key);
  if (const auto found = by_id_.find(key); found != by_id_.end()) {
    auto& member = found->second;
    count(member.protocols, -1);
    if (member.join) --joining_;
    if (member.instance_id) id_by_instance_.erase(*member.instance_id);
    by_id_.erase(found);
  }
  if (!is_leader(key)) return;
  leader_.reset();
  if (!by_id_.empty()) leader_ = by_id_.begin()->first;
}

Member& Members::rename(const std::string& old_id, const std::string& new_id) {
  auto node = by_id_.extract(old_id);
  BB_CHECK(!node.empty() && node.mapped().instance_id);
  if (is_leader(old_id)) leader_ = new_id;
  if (unsynced_.erase(old_id) > 0) unsynced_.insert(new_id);
  node.key() = new_id;
  node.mapped().id = new_id;
  id_by_instance_[*node.mapped().instance_id] = new_id;
  const auto placed = by_id_.insert(std::move(node));
  BB_CHECK(placed.inserted);
  return placed.position->second;
}

void Members::set_protocols(Member& member, std::vector<Protocol> protocols) {
  count(member.protocols, -1);
  member.protocols = std::move(protocols);
  count(member.protocols, 1);
}

Member* Members::find(const std::string& id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

const Member* Members::find(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

const std::string* Members::id_of_instance(const std::string& instance_id) const {
  const auto found = id_by_instance_.find(instance_id);
  return found == id_by_instance_.end() ? nullptr : &found->second;
}

bool Members::elect_joined_leader() {
  if (!leader_) return false;
  const auto* leader = find(*leader_);
  if (leader != nullptr && leader->join) return true;
  const auto joined = std::ranges::find_if(by_id_, [](auto& entry) { return !!entry.second.join; });
  if (joined == by_id_.end()) return false;
  leader_ = joined->first;
  return true;
}

void Members::start_join(Member& member, Ticket ticket) {
  BB_CHECK(!member.join);
  member.join = ticket;
  ++joining_;
}

std::optional<Ticket> Members::end_join(Member& member) {
  if (member.join) --joining_;
  return std::exchange(member.join, std::nullopt);
}

Millis Members::rebalance_timeout() const {
  Millis longest{0};
  for (const auto& [id, member] : by_id_) longest = std::max(longest, member.rebalance_timeout);
  return longest;
}

bool Members::all_support(const std::string& protocol) const {
  const auto found = offered_by_.find(protocol);
  return (found == offered_by_.end() ? 0 : found->second) == size();
}

std::string Members::select_protocol() const {
  std::map<std::string, std::size_t> votes;
  for (const auto& [id, member] : by_id_) {
    const auto choice = std::ranges::find_if(
        member.protocols, [&](const Protocol& p) { return all_support(p.name); });
    BB_CHECK(choice != member.protocols.end());
    ++votes[choice->name];
  }
  BB_CHECK(!votes.empty());
  return std::ranges::max_element(votes, {}, [](auto& vote) { return vote.second; })->first;
}

}  // namespace barnabas::broker::group
