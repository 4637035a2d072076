#include "tools/reassign/directory_moves.h"

#include <fmt/format.h>

namespace barnabas::tools {

bool is_moving(const ReplicaPlaces& places, const ReplicaOf& replica) {
  const auto it = places.find(replica);
  return it != places.end() && it->second.current && it->second.future;
}

env::Task<ReassignResult<>> DirectoryMoves::start(Directories targets) {
  Attempts attempts(clock_, timeout_);
  while (!targets.empty()) {
    auto pending = co_await attempt(targets);
    if (!pending) co_return std::unexpected(pending.error());
    targets = std::move(*pending);
    if (targets.empty()) break;
    const bool in_time = co_await attempts.again();
    if (!in_time) {
      co_return answer(fmt::format("Timed out before log directory move{} could be started for: {}",
                                   plural(targets.size()), join_keys(targets)));
    }
  }
  co_return ReassignResult<>{};
}

env::Task<ReassignResult<Directories>> DirectoryMoves::attempt(Directories targets) {
  const auto results = co_await cluster_.move(targets);
  if (!results) co_return accident(results.error());
  Directories pending = targets;
  for (const auto& [replica, code] : *results) {
    if (code == ErrorCode::kReplicaNotAvailable) continue;
    if (code != ErrorCode::kNone)
      co_return accident("Failed to alter dir for " + to_string(replica));
    console_.out << fmt::format(
        "Successfully started moving log directory to {} for replica {} with broker {} \n",
        targets.at(replica), to_string(replica.partition), replica.broker.value);
    pending.erase(replica);
  }
  co_return pending;
}

env::Task<ReassignResult<>> DirectoryMoves::cancel(Directories targets) {
  const auto brokers = brokers_of(targets);
  const auto places = co_await cluster_.places(brokers);
  if (!places) co_return accident(places.error());
  Directories back;
  for (const auto& [replica, target] : targets) {
    if (is_moving(*places, replica)) back[replica] = *places->at(replica).current;
  }
  if (back.empty()) {
    console_.out << "None of the specified partition moves are active.";  // as there: no line end
    co_return ReassignResult<>{};
  }
  const auto moved = co_await start(back);
  co_return moved;
}

}  // namespace barnabas::tools
