// A small language for groups: members with names, a clock that moves when told, answers by ticket.
//
// Invariants  every ticket is answered at most once (checked on the spot).
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/group/group.h"
#include "env/sim/prng.h"

namespace barnabas::broker::group::testing {

using namespace std::chrono_literals;

inline Blob blob(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

// What one member says when it joins; tests change what they are about.
inline JoinRequest request_of(std::string client) {
  JoinRequest request;
  request.client_id = std::move(client);
  request.client_host = "/127.0.0.1";
  request.rebalance_timeout = Millis{60'000};
  request.session_timeout = Millis{10'000};
  request.protocol_type = "consumer";
  request.protocols = {{"range", blob("what it reads")}};
  return request;
}

class GroupTest : public ::testing::Test {
 protected:
  GroupTest() { group = std::make_unique<Group>("g", config, now()); }

  void start_with(GroupConfig changed) {
    config = changed;
    group = std::make_unique<Group>("g", config, now());
  }
  void load(StoredGroup stored) {
    group = std::make_unique<Group>("g", config, std::move(stored));
    take(group->on_loaded(now()));
  }

  Moment now() const {
    return {env::Instant{elapsed},
            Timestamp{1'000'000 +
                      std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count()}};
  }
  // Every timer on its way fires, each at its own time.
  void pass(env::Duration time) {
    const auto end = elapsed + time;
    while (true) {
      const auto next = group->next_deadline();
      if (!next || next->time_since_epoch() > end) break;
      elapsed = std::max(elapsed, next->time_since_epoch());
      take(group->advance(now()));
    }
    elapsed = end;
  }

  Ticket join(JoinRequest request) {
    for (auto& byte : request.random.bytes) byte = static_cast<std::uint8_t>(random.next());
    const auto ticket = ++last_ticket;
    take(group->join(ticket, std::move(request), now()));
    return ticket;
  }
  Ticket join(const std::string& member_id) {
    auto request = request_of("client");
    request.member_id = member_id;
    return join(std::move(request));
  }
  Ticket sync(const std::string& member_id, std::vector<Assignment> assignments = {}) {
    return sync(SyncRequest{member_id, {}, group->generation(), {}, {}, std::move(assignments)});
  }
  Ticket sync(SyncRequest request) {
    const auto ticket = ++last_ticket;
    take(group->sync(ticket, std::move(request), now()));
    return ticket;
  }
  ErrorCode heartbeat(const std::string& member_id) {
    return group->heartbeat({member_id, {}, group->generation()}, now());
  }
  std::vector<ErrorCode> leave(std::vector<LeavingMember> leaving) {
    auto left = group->leave(leaving, now());
    EXPECT_EQ(left.error, ErrorCode::kNone);
    take(std::move(left.effects));
    return left.members;
  }
  ErrorCode leave(const std::string& member_id) {
    return leave(std::vector<LeavingMember>{{member_id, {}, {}}}).at(0);
  }
  ErrorCode commit(const std::string& member_id, std::int32_t generation) {
    return group->check_commit({member_id, {}, Generation{generation}}, now());
  }
  // The oldest write that is on its way.
  void stored(ErrorCode error = ErrorCode::kNone) {
    ASSERT_FALSE(stores.empty());
    const auto token = stores.front().token;
    stores.erase(stores.begin());
    take(group->on_stored(token, error, now()));
  }

  // A stable group of dynamic members, led by the first; their ids. The clock has moved.
  std::vector<std::string> stable(std::size_t count) {
    std::vector<JoinRequest> requests;
    for (std::size_t i = 0; i < count; ++i) requests.push_back(request_of("m" + std::to_string(i)));
    return stable(std::move(requests));
  }
  std::vector<std::string> stable(std::vector<JoinRequest> requests) {
    std::vector<Ticket> tickets;
    for (auto& request : requests) tickets.push_back(join(std::move(request)));
    pass(6s);
    std::vector<std::string> ids;
    for (const auto ticket : tickets) ids.push_back(joined(ticket).member_id);
    settle(ids);
    return ids;
  }
  // The leader assigns to each its own id; everybody is told.
  void settle(const std::vector<std::string>& ids) {
    std::vector<Assignment> assignments;
    for (const auto& id : ids) assignments.push_back({id, blob("for " + id)});
    for (const auto& id : ids) sync(id, assignments);
    stored();
    ASSERT_EQ(group->state(), GroupState::kStable);
    stores.clear();
  }

  bool answered(Ticket ticket) const { return joins.contains(ticket) || syncs.contains(ticket); }
  const JoinAnswer& joined(Ticket ticket) const {
    EXPECT_TRUE(joins.contains(ticket)) << "join " << ticket.value << " was not answered";
    static const JoinAnswer kNothing{.error = ErrorCode::kUnknownServerError};
    return joins.contains(ticket) ? joins.at(ticket) : kNothing;
  }
  const SyncAnswer& synced(Ticket ticket) const {
    EXPECT_TRUE(syncs.contains(ticket)) << "sync " << ticket.value << " was not answered";
    static const SyncAnswer kNothing{.error = ErrorCode::kUnknownServerError};
    return syncs.contains(ticket) ? syncs.at(ticket) : kNothing;
  }

  void take(Effects effects) {
    for (auto& [ticket, answer] : effects.joins) {
      EXPECT_FALSE(answered(ticket)) << "join " << ticket.value << " is answered twice";
      joins.emplace(ticket, std::move(answer));
    }
    for (auto& [ticket, answer] : effects.syncs) {
      EXPECT_FALSE(answered(ticket)) << "sync " << ticket.value << " is answered twice";
      syncs.emplace(ticket, std::move(answer));
    }
    for (auto& store : effects.stores) stores.push_back(std::move(store));
  }

  env::sim::Prng random{1};
  GroupConfig config;
  env::Duration elapsed = 1h;
  std::unique_ptr<Group> group;
  Ticket last_ticket{0};
  std::map<Ticket, JoinAnswer> joins;
  std::map<Ticket, SyncAnswer> syncs;
  std::vector<Store> stores;
};

}  // namespace barnabas::broker::group::testing
