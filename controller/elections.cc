#include "controller/elections.h"

#include <algorithm>
#include <iterator>

namespace barnabas::controller {
namespace {

template <class Wanted>
std::optional<BrokerId> first(const std::vector<BrokerId>& ids, Wanted wanted) {
  const auto found = std::ranges::find_if(ids, wanted);
  return found == ids.end() ? std::nullopt : std::optional(*found);
}

template <class Wanted>
std::vector<BrokerId> keep(const std::vector<BrokerId>& ids, Wanted wanted) {
  std::vector<BrokerId> kept;
  std::ranges::copy_if(ids, std::back_inserter(kept), wanted);
  return kept;
}

std::optional<BrokerId> first_in_sync(const LeaderAndIsr& now, const Candidates& among) {
  return first(among.assigned, [&](BrokerId id) {
    return contains(among.live, id) && contains(now.state.isr, id);
  });
}

}  // namespace

std::optional<Elected> elect_offline(const LeaderAndIsr& now, const Candidates& among, bool unclean,
                                     bool recovery) {
  if (const auto leader = first_in_sync(now, among)) {
    auto isr = keep(now.state.isr, [&](BrokerId id) { return contains(among.live, id); });
    return Elected{now.next(*leader, std::move(isr)), among.live};
  }
  if (!unclean || among.live.empty()) return std::nullopt;
  zk::PartitionState state = now.next(among.live.front(), {among.live.front()});
  if (recovery) state.recovering = true;
  return Elected{std::move(state), among.live};
}

std::optional<Elected> elect_for_reassignment(const LeaderAndIsr& now, const Candidates& among) {
  const auto leader = first_in_sync(now, among);
  if (!leader) return std::nullopt;
  return Elected{now.next(*leader, now.state.isr), among.assigned};
}

std::optional<Elected> elect_preferred(const LeaderAndIsr& now, const Candidates& among) {
  if (among.assigned.empty()) return std::nullopt;
  const BrokerId preferred = among.assigned.front();
  if (!contains(among.live, preferred) || !contains(now.state.isr, preferred)) return std::nullopt;
  return Elected{now.next(preferred, now.state.isr), among.assigned};
}

std::optional<Elected> elect_for_shutdown(const LeaderAndIsr& now, const Candidates& among,
                                          const std::set<BrokerId>& shutting_down) {
  const auto stays = [&](BrokerId id) { return !shutting_down.contains(id); };
  const auto leader = first(among.assigned, [&](BrokerId id) {
    return stays(id) && contains(among.live, id) && contains(now.state.isr, id);
  });
  if (!leader) return std::nullopt;
  return Elected{now.next(*leader, keep(now.state.isr, stays)), among.live};
}

}  // namespace barnabas::controller
