#include "tests/sim/group_checker.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

namespace barnabas::simtest {

namespace {

constexpr int kAnyGeneration = std::numeric_limits<int>::max();

}  // namespace

std::int64_t GroupChecker::Progress::acknowledged_until(int generation) const {
  std::int64_t greatest = -1;
  for (const auto& [in, offset] : acknowledged) {
    if (in <= generation) greatest = std::max(greatest, offset);
  }
  return greatest;
}

void GroupChecker::violation(const Claim& who, const std::string& what) const {
  report_(fmt::format("{}, {} of generation {}: {}", who.group, who.seat, who.generation, what));
}

void GroupChecker::stored(const Claim& leader, const Owners& owners) {
  Group& group = groups_[leader.group];
  const bool is_new = group.stored.try_emplace(leader.generation, owners).second;
  if (!is_new) violation(leader, "stores an assignment, as another leader did");
  group.latest = std::max(group.latest, leader.generation);
}

void GroupChecker::assigned(const Claim& who, const std::vector<int>& partitions, int asked) {
  Group& group = groups_[who.group];
  Sitter& sitter = group.seats[who.generation][who.seat];
  const bool is_last = sitter.told <= asked || sitter.member == who.member;
  sitter = {is_last ? who.member : "", ++events_};
  const auto stored = group.stored.find(who.generation);
  if (stored == group.stored.end()) return;
  for (const int partition : partitions) {
    const Claim& owner = stored->second.at(partition);
    if (owner.seat == who.seat) continue;
    violation(who, fmt::format("is told it owns {}, as {} does", partition, owner.seat));
  }
}

GroupChecker::Question GroupChecker::asks(const Claim& who) const {
  Question question{who, {}};
  const auto group = groups_.find(who.group);
  if (group == groups_.end() || has_lost_seat(group->second, who)) return question;
  for (const auto& [partition, progress] : group->second.partitions) {
    question.known[partition] = progress.acknowledged_until(who.generation);
  }
  return question;
}

void GroupChecker::told(const Question& question, int partition, std::int64_t offset) {
  const Claim& who = question.who;
  const auto& progress = groups_[who.group].partitions[partition];
  const auto known = question.known.find(partition);
  const std::int64_t least = known == question.known.end() ? -1 : known->second;
  if (offset < least) {
    violation(who, fmt::format("is told {} of {}, committed was {}", offset, partition, least));
  }
  if (offset != -1 && !progress.tried.contains(offset)) {
    violation(who, fmt::format("is told {} of {}, which nobody committed", offset, partition));
  }
}

void GroupChecker::read(const Claim& who, int partition, std::int64_t from, std::int64_t to) {
  auto& progress = groups_[who.group].partitions[partition];
  if (from > progress.read_to) {
    violation(who, fmt::format("reads {} from {} on, but nobody has read {}", partition, from,
                               progress.read_to));
  }
  progress.read_to = std::max(progress.read_to, to);
}

// A later generation, or the next member on the same seat: whose commits count from now on.
bool GroupChecker::has_lost_seat(const Group& group, const Claim& who) {
  const auto seats = group.seats.find(who.generation);
  if (seats == group.seats.end()) return false;
  const auto seat = seats->second.find(who.seat);
  return seat != seats->second.end() && seat->second.member != who.member;
}

std::string GroupChecker::fence(const Claim& who) {
  Group& group = groups_[who.group];
  if (group.latest > who.generation) return fmt::format("generation {}", group.latest);
  const std::string& last = group.seats[who.generation][who.seat].member;
  return last == who.member ? "" : last;
}

GroupChecker::Attempt GroupChecker::commits(const Claim& who, const Offsets& offsets) {
  Attempt attempt{who, offsets, {}, fence(who)};
  for (const auto& [partition, offset] : offsets) {
    auto& progress = groups_[who.group].partitions[partition];
    attempt.known[partition] = progress.acknowledged_until(kAnyGeneration);
    progress.tried.insert(offset);
  }
  return attempt;
}

void GroupChecker::acknowledged(const Attempt& attempt, int partition) {
  ++acknowledgements_;
  const Claim& who = attempt.who;
  const std::int64_t offset = attempt.offsets.at(partition);
  if (!attempt.fenced_by.empty()) {
    violation(who, fmt::format("{} of {} is acknowledged, although it was fenced off by {}", offset,
                               partition, attempt.fenced_by));
  } else if (offset < attempt.known.at(partition)) {
    violation(who, fmt::format("moves {} back from {} to {}", partition,
                               attempt.known.at(partition), offset));
  }
  auto& greatest = groups_[who.group]
                       .partitions[partition]
                       .acknowledged.try_emplace(who.generation, -1)
                       .first->second;
  greatest = std::max(greatest, offset);
}

std::int64_t GroupChecker::committed(const std::string& group, int partition) const {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return -1;
  const auto progress = found->second.partitions.find(partition);
  if (progress == found->second.partitions.end()) return -1;
  return progress->second.acknowledged_until(kAnyGeneration);
}

int GroupChecker::generations() const {
  std::size_t all = 0;
  for (const auto& [name, group] : groups_) all += group.stored.size();
  return static_cast<int>(all);
}

}  // namespace barnabas::simtest
