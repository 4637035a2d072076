// Fifty clients that come, go, fall silent and come back, against one group:
// whatever the order, nobody is left without an answer.
#include <set>

#include "tests/unit/group/group_fixture.h"

namespace barnabas::broker::group {
namespace {

using namespace testing;

constexpr auto kRebalanceTimeout = 20s;
constexpr auto kNewMemberTimeout = 5min;  // a first join waits for up to this

// What one client knows of itself; every fourth is a static member.
struct Client {
  std::string name;
  std::optional<std::string> instance_id;
  std::string member_id;
  Generation generation{-1};
  std::optional<Ticket> join, sync;
  bool leads = false;
  bool silent = false;  // its process is gone: it neither sends nor hears
};

class RandomGroup : public GroupTest, public ::testing::WithParamInterface<int> {
 protected:
  RandomGroup() : dice(static_cast<std::uint64_t>(GetParam())) {
    for (int i = 0; i < 50; ++i) {
      auto& client = clients.emplace_back();
      client.name = "c" + std::to_string(i);
      if (i % 4 == 0) client.instance_id = "i" + std::to_string(i);
    }
  }

  void act(Client& client) {
    if (client.silent) {
      if (dice.chance(20)) restart(client);
      return;
    }
    hear(client);
    if (client.join || client.sync) {
      if (happens(10)) restart(client);
    } else if (happens(5)) {
      client.silent = true;
    } else if (happens(5)) {
      leave_group(client);
    } else if (client.generation == kNoGeneration) {
      send_join(client);
    } else {
      check_in(client);
    }
  }

  // Seldom: `in_a_thousand` tells how.
  bool happens(unsigned in_a_thousand) { return dice.below(1'000) < in_a_thousand; }

  void restart(Client& client) {
    client = Client{client.name, client.instance_id, {}, kNoGeneration, {}, {}, false, false};
  }

  void send_join(Client& client) {
    auto request = request_of(client.name);
    request.member_id = client.member_id;
    request.instance_id = client.instance_id;
    request.require_known_member_id = !client.instance_id;
    request.rebalance_timeout = Millis{20'000};
    request.supports_skip_assignment = dice.chance(50);
    if (dice.chance(30)) request.protocols[0].metadata = blob(std::to_string(dice.below(3)));
    client.join = GroupTest::join(std::move(request));
    asked[*client.join] = elapsed;
  }

  void send_sync(Client& client) {
    std::vector<Assignment> assignments;
    if (client.leads) {
      for (const auto& other : clients) assignments.push_back({other.member_id, blob(other.name)});
    }
    client.sync = GroupTest::sync(SyncRequest{
        client.member_id, client.instance_id, client.generation, {}, {}, std::move(assignments)});
    asked[*client.sync] = elapsed;
  }

  void check_in(Client& client) {
    const MemberClaim claim{client.member_id, client.instance_id, client.generation};
    const auto error =
        dice.chance(80) ? group->heartbeat(claim, now()) : group->check_commit(claim, now());
    if (error != ErrorCode::kNone) forget(client, error);
  }

  void leave_group(Client& client) {
    if (client.member_id.empty()) return;
    leave(std::vector<LeavingMember>{{client.member_id, client.instance_id, {}}});
    restart(client);
  }

  // What the answers that have come make of it.
  void hear(Client& client) {
    if (client.join && joins.contains(*client.join)) {
      const auto answer = joins.at(*std::exchange(client.join, std::nullopt));
      if (answer.error == ErrorCode::kMemberIdRequired) {
        client.member_id = answer.member_id;
      } else if (answer.error != ErrorCode::kNone) {
        forget(client, answer.error);
      } else {
        client.member_id = answer.member_id;
        client.generation = answer.generation;
        client.leads = answer.leader == answer.member_id;
        if (dice.chance(97)) send_sync(client);
      }
    } else if (client.sync && syncs.contains(*client.sync)) {
      const auto error = syncs.at(*std::exchange(client.sync, std::nullopt)).error;
      if (error != ErrorCode::kNone) forget(client, error);
    }
  }

  void forget(Client& client, ErrorCode error) {
    client.generation = kNoGeneration;
    if (error == ErrorCode::kUnknownMemberId || error == ErrorCode::kFencedInstanceId) {
      client.member_id.clear();
    }
  }

  // A write may take its time, fail, or be overtaken by the next one.
  void store_some() {
    if (stores.empty() || dice.chance(30)) return;
    std::swap(stores.front(), stores[dice.below(stores.size())]);
    stored(dice.chance(90) ? ErrorCode::kNone : ErrorCode::kNotEnoughReplicas);
  }

  void check_answers() {
    for (auto entry = asked.begin(); entry != asked.end();) {
      if (answered(entry->first)) {
        check_leader(entry->first);
        entry = asked.erase(entry);
        continue;
      }
      ASSERT_LT(elapsed - entry->second, kNewMemberTimeout + kRebalanceTimeout + 1min)
          << "ticket " << entry->first.value << " waits for ever";
      ++entry;
    }
  }

  // One leader in a generation, except that a static one may come back under
  // another id.
  void check_leader(Ticket ticket) {
    if (!joins.contains(ticket) || joins.at(ticket).error != ErrorCode::kNone) return;
    const auto& answer = joins.at(ticket);
    ASSERT_GE(answer.generation, first_generation);
    if (answer.members.empty()) return;
    EXPECT_EQ(answer.leader, answer.member_id);
    auto& leaders = leaders_of[answer.generation];
    const bool is_static = answer.member_id.starts_with("i");
    leaders.insert(is_static ? answer.member_id.substr(0, answer.member_id.find('-'))
                             : answer.member_id);
    EXPECT_EQ(leaders.size(), 1u) << "generation " << answer.generation.value;
  }

  void check_group() {
    ASSERT_GE(group->generation(), last_generation);
    last_generation = group->generation();
    ASSERT_EQ(group->state() == GroupState::kEmpty, group->size() == 0 && !preparing());
    ASSERT_LE(group->size(), 200u);
    if (group->size() > 0) ASSERT_TRUE(group->next_deadline()) << "a member that never expires";
  }
  bool preparing() const { return group->state() == GroupState::kPreparingRebalance; }

  env::sim::Prng dice;
  std::vector<Client> clients;
  std::map<Ticket, env::Duration> asked;
  std::map<Generation, std::set<std::string>> leaders_of;
  const Generation first_generation{1};
  Generation last_generation{0};
  int stable_steps = 0;
};

TEST_P(RandomGroup, NobodyIsForgotten) {
  for (int step = 0; step < 6'000 && !HasFatalFailure(); ++step) {
    act(clients[dice.below(clients.size())]);
    store_some();
    pass(std::chrono::milliseconds(dice.below(120)));
    check_answers();
    check_group();
    if (group->state() == GroupState::kStable) ++stable_steps;
  }
  EXPECT_GT(group->generation(), Generation{5}) << "hardly anything happened";
  EXPECT_GT(stable_steps, 0) << "it never was stable";

  // All fall silent; what was asked is answered, and the group is empty in the
  // end.
  while (!stores.empty()) stored();
  for (int i = 0; i < 100; ++i) {
    pass(10s);
    while (!stores.empty()) stored();
  }
  check_answers();
  EXPECT_TRUE(asked.empty()) << asked.size() << " tickets are lost";
  EXPECT_EQ(group->state(), GroupState::kEmpty);
  EXPECT_FALSE(group->next_deadline());
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomGroup, ::testing::Range(1, 21));

}  // namespace
}  // namespace barnabas::broker::group
