#include "tests/sim/group_crowd.h"

#include <fmt/core.h>

#include <utility>

#include "protocol/messages/create_topics.h"
#include "tests/sim/group_calls.h"

namespace barnabas::simtest {

using env::Task;

namespace {

constexpr std::size_t kSeats = 4;
constexpr int kBetweenChangesMs = 3000;
constexpr int kBetweenLooksMs = 1000;

}  // namespace

GroupCrowd::GroupCrowd(Cluster* cluster, GroupChecker* checker, Client::Report report)
    : cluster_(cluster),
      checker_(checker),
      report_(std::move(report)),
      stream_(cluster),
      members_crew_(cluster),
      guides_(cluster),
      keepers_(cluster) {
  auto random = cluster->world().random().fork("seats");
  for (int i = 0; i < kGroups; ++i) {
    Group group{fmt::format("group{}", i), {}};
    for (std::size_t seat = 0; seat < kSeats; ++seat) {
      group.seats.push_back({fmt::format("{}-{}", group.id, seat), random.chance(30)});
    }
    groups_.push_back(std::move(group));
  }
}

void GroupCrowd::start() { guides_.spawn("begin", begin()); }

Task<void> GroupCrowd::begin() {
  Client client(cluster_, "organizer", 1, report_);
  co_await create_topic(&client);
  for (Group& group : groups_) {
    guides_.spawn("guide of " + group.id, come_and_go(&group));
    keepers_.spawn("keeper of " + group.id, keep(&group));
  }
}

Task<void> GroupCrowd::create_topic(Client* client) {
  for (ErrorCode code{ErrorCode::kNotController};
       code != ErrorCode::kNone && code != ErrorCode::kTopicAlreadyExists;) {
    co_await client->pause(500);
    const auto controller = co_await client->find_controller();
    if (!controller) continue;
    protocol::CreateTopicsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = kReadTopic;
    topic.num_partitions = kReadPartitions;
    topic.replication_factor = 3;
    request.timeout_ms = Millis{1000};
    auto answer = co_await client->call(*controller, std::move(request), 7, Client::kTimeout);
    if (answer && answer->body.topics.size() == 1) code = answer->body.topics[0].error_code;
  }
}

Task<void> GroupCrowd::come_and_go(Group* group) {
  Client client(cluster_, "guide of " + group->id, 1, report_);
  come(*group, &group->seats[0]);
  come(*group, &group->seats[1]);
  while (!is_calm_) {
    co_await client.pause(kBetweenChangesMs);
    if (!is_calm_) change(&client, group);
  }
}

// A static member can be fenced though nobody has its seat: when it had replaced an earlier one,
// and the coordinator moved before the generation with it was stored. Somebody starts such a client
// anew.
Task<void> GroupCrowd::keep(Group* group) {
  Client client(cluster_, "keeper of " + group->id, 1, report_);
  while (!is_over_) {
    co_await client.pause(kBetweenLooksMs);
    const bool is_deserted = is_calm_ && !is_over_ && members(group->id).empty();
    if (is_deserted) come(*group, &group->seats[0]);
  }
}

// Who dies is often back at once. A static member may also find its seat taken while it lives.
void GroupCrowd::change(Client* client, Group* group) {
  Seat& seat = group->seats[client->random().below(kSeats)];
  if (!seat.is_taken()) return come(*group, &seat);
  switch (client->random().below(4)) {
    case 0: return seat.member->leave();
    case 1: return seat.member->die();
    case 2: seat.member->die(); return come(*group, &seat);
    case 3: return seat.is_static ? come(*group, &seat) : seat.member->leave();
  }
}

void GroupCrowd::come(const Group& group, Seat* seat) {
  GroupMember::Identity identity{fmt::format("{}.{}", seat->name, ++seat->lives), group.id,
                                 std::nullopt};
  if (seat->is_static) identity.instance = seat->name;
  const std::string name = identity.name;
  members_.push_back(
      std::make_shared<GroupMember>(cluster_, checker_, &stream_, std::move(identity), report_));
  cluster_->client().keep(members_.back());
  seat->member = members_.back().get();
  if (is_calm_) seat->member->stay_awake();
  members_crew_.spawn(name, seat->member->live());
}

void GroupCrowd::settle() {
  is_calm_ = true;
  for (const auto& member : members_) member->stay_awake();
}

void GroupCrowd::disperse() {
  is_over_ = true;
  for (const auto& member : members_) {
    if (member->stays()) member->leave();
  }
}

bool GroupCrowd::is_settled() const {
  if (!is_calm_ || !guides_.is_done()) return false;
  for (const auto& member : members_) {
    if (member->is_asleep()) return false;
  }
  return true;
}

std::vector<std::string> GroupCrowd::groups() const {
  std::vector<std::string> ids;
  for (const Group& group : groups_) ids.push_back(group.id);
  return ids;
}

std::vector<const GroupMember*> GroupCrowd::members(const std::string& group) const {
  std::vector<const GroupMember*> found;
  for (const auto& member : members_) {
    if (member->stays() && member->group() == group) found.push_back(member.get());
  }
  return found;
}

}  // namespace barnabas::simtest
