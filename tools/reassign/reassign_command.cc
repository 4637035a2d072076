#include "tools/reassign/reassign_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/reassign/directory_moves.h"
#include "tools/reassign/proposal.h"
#include "tools/reassign/throttler.h"

namespace barnabas::tools {

ReassignResult<ReassignLimits> reassign_limits(const Arguments& arguments) {
  ReassignLimits limits;
  const auto between_brokers = arguments.wide_number("throttle");
  if (!between_brokers) return accident(between_brokers.error());
  const auto between_dirs = arguments.wide_number("replica-alter-log-dirs-throttle");
  if (!between_dirs) return accident(between_dirs.error());
  const auto timeout = arguments.wide_number("timeout");
  if (!timeout) return accident(timeout.error());
  limits.between_brokers = between_brokers->value_or(limits.between_brokers);
  limits.between_directories = between_dirs->value_or(limits.between_directories);
  if (*timeout) limits.timeout = std::chrono::milliseconds(**timeout);
  return limits;
}

env::Task<ReassignResult<>> ReassignCommand::run() {
  if (arguments_.has("generate")) return generate();
  if (arguments_.has("execute")) return execute();
  if (arguments_.has("verify")) return verify();
  if (arguments_.has("cancel")) return cancel();
  return list();
}

ReassignResult<Reassignment> ReassignCommand::reassignment() const {
  auto parsed = then(read_file(*arguments_.text("reassignment-json-file")), parse_reassignment);
  if (!parsed) return accident(parsed.error());
  return std::move(*parsed);
}

env::Task<ReassignResult<>> ReassignCommand::generate() {
  Proposal proposal(arguments_, cluster_, random_, console_);
  const auto done = co_await proposal.run();
  co_return done;
}

env::Task<ReassignResult<>> ReassignCommand::list() {
  const auto ongoing = co_await cluster_.ongoing();
  if (!ongoing) co_return accident(ongoing.error());
  console_.out << show_ongoing(*ongoing) << '\n';
  co_return ReassignResult<>{};
}

env::Task<ReassignResult<>> ReassignCommand::check_brokers(Assignments proposed) {
  const auto known = co_await cluster_.brokers();
  if (!known) co_return accident(known.error());
  for (const auto& [partition, replicas] : proposed) {
    for (const auto id : replicas) {
      if (!known->contains(id)) co_return accident(fmt::format("Unknown broker id {}", id.value));
    }
  }
  co_return ReassignResult<>{};
}

env::Task<ReassignResult<Assignments>> ReassignCommand::current_of(Assignments proposed) {
  const auto topics = topics_of(proposed);
  auto current = co_await cluster_.assignments(topics);
  if (!current) co_return accident(current.error());
  const auto known = topics_of(*current);
  Assignments found;
  for (const auto& [partition, replicas] : proposed) {
    if (!known.contains(partition.topic)) {
      co_return not_found("Topic " + partition.topic + " not found.");
    }
    const auto it = current->find(partition);
    if (it == current->end()) {
      co_return not_found("Unable to find partition: " + to_string(partition));
    }
    found.insert(*it);
  }
  co_return found;
}

env::Task<ReassignResult<>> ReassignCommand::execute() {
  const auto asked = reassignment();
  if (!asked) co_return std::unexpected(asked.error());
  if (const auto checked = check_executable(*asked); !checked) co_return accident(checked.error());
  const auto proposed = asked->assignments();
  const auto ongoing = co_await cluster_.ongoing();
  if (!ongoing) co_return accident(ongoing.error());
  if (!arguments_.has("additional") && !ongoing->empty()) {
    co_return answer(
        "Cannot execute because there is an existing partition assignment.  Use --additional to "
        "override this and create a new partition assignment in addition to the existing one. The "
        "--additional flag can also be used to change the throttle by resubmitting the current "
        "reassignment.");
  }
  const auto brokers_known = co_await check_brokers(proposed);
  if (!brokers_known) co_return brokers_known;
  const auto current = co_await current_of(proposed);
  if (!current) co_return std::unexpected(current.error());
  console_.out << "Current partition replica assignment\n\n"
               << show_assignments(*current)
               << "\n\nSave this to use as the --reassignment-json-file option during rollback\n";
  const auto throttled = co_await throttle(*ongoing, proposed, *current, asked->directories);
  if (!throttled) co_return throttled;
  const auto started = co_await start(proposed);
  if (!started) co_return started;
  DirectoryMoves directories(cluster_, clock_, limits_.timeout, console_);
  const auto moved = co_await directories.start(asked->directories);
  co_return moved;
}

env::Task<ReassignResult<>> ReassignCommand::throttle(OngoingMoves ongoing, Assignments proposed,
                                                      Assignments current,
                                                      Directories directories) {
  if (limits_.between_brokers < 0 && limits_.between_directories < 0) {
    co_return ReassignResult<>{};
  }
  console_.out << "Warning: You must run --verify periodically, until the reassignment completes, "
                  "to ensure the throttle is removed.\n";
  Throttler throttler(cluster_, console_);
  if (limits_.between_brokers >= 0) {
    const auto moves = all_moves(ongoing, proposed, current);
    const auto slowed = co_await throttler.slow_moves(moves, limits_.between_brokers);
    if (!slowed) co_return slowed;
  }
  if (limits_.between_directories >= 0) {
    const auto brokers = brokers_of(directories);
    const auto slowed =
        co_await throttler.slow_directory_moves(brokers, limits_.between_directories);
    if (!slowed) co_return slowed;
  }
  co_return ReassignResult<>{};
}

env::Task<ReassignResult<>> ReassignCommand::start(Assignments proposed) {
  const std::map<TopicPartition, std::optional<Replicas>> targets(proposed.begin(), proposed.end());
  const auto refused = co_await cluster_.reassign(targets);
  if (!refused) co_return accident(refused.error());
  if (!refused->empty()) {
    co_return answer("Error reassigning partition(s):" + show_refused(*refused));
  }
  console_.out << fmt::format("Successfully started partition reassignment{} for {}\n",
                              plural(proposed.size()), join_keys(proposed));
  co_return ReassignResult<>{};
}

env::Task<ReassignResult<PartitionStatuses>> ReassignCommand::statuses(OngoingMoves ongoing,
                                                                       Assignments targets) {
  PartitionStatuses statuses;
  Assignments still;
  for (const auto& [partition, replicas] : targets) {
    const auto it = ongoing.find(partition);
    if (it == ongoing.end()) {
      still[partition] = replicas;
    } else {
      statuses[partition] = {it->second.replicas, replicas, false};
    }
  }
  if (still.empty()) co_return statuses;
  const auto topics = topics_of(still);
  auto current = co_await cluster_.assignments(topics);
  if (!current) co_return accident(current.error());
  for (const auto& [partition, replicas] : still) {
    statuses[partition] = {(*current)[partition], replicas, true};
  }
  co_return statuses;
}

env::Task<ReassignResult<>> ReassignCommand::verify() {
  const auto asked = reassignment();
  if (!asked) co_return std::unexpected(asked.error());
  const auto targets = asked->assignments();
  const auto ongoing = co_await cluster_.ongoing();
  if (!ongoing) co_return accident(ongoing.error());
  const auto seen = co_await statuses(*ongoing, targets);
  if (!seen) co_return std::unexpected(seen.error());
  console_.out << show_statuses(*seen) << '\n';
  const auto brokers = brokers_of(asked->directories);
  const auto places = co_await cluster_.places(brokers);
  if (!places) co_return accident(places.error());
  console_.out << show_places(asked->directories, *places) << '\n';
  const bool moving = std::ranges::any_of(
      asked->directories, [&](const auto& target) { return is_moving(*places, target.first); });
  if (!ongoing->empty() || moving || arguments_.has("preserve-throttles")) {
    co_return ReassignResult<>{};
  }
  Throttler throttler(cluster_, console_);
  const auto cleared = co_await throttler.clear(targets);
  co_return cleared;
}

env::Task<ReassignResult<>> ReassignCommand::cancel() {
  const auto asked = reassignment();
  if (!asked) co_return std::unexpected(asked.error());
  const auto targets = asked->assignments();
  const auto partitions = co_await cancel_ongoing(targets);
  if (!partitions) co_return partitions;
  DirectoryMoves directories(cluster_, clock_, limits_.timeout, console_);
  const auto stopped = co_await directories.cancel(asked->directories);
  if (!stopped || arguments_.has("preserve-throttles")) co_return stopped;
  Throttler throttler(cluster_, console_);
  const auto cleared = co_await throttler.clear(targets);
  co_return cleared;
}

env::Task<ReassignResult<>> ReassignCommand::cancel_ongoing(Assignments targets) {
  const auto ongoing = co_await cluster_.ongoing();
  if (!ongoing) co_return accident(ongoing.error());
  std::map<TopicPartition, std::optional<Replicas>> cancelled;
  for (const auto& [partition, replicas] : targets) {
    if (ongoing->contains(partition)) cancelled[partition] = std::nullopt;
  }
  if (cancelled.empty()) {
    console_.out << "None of the specified partition reassignments are active.\n";
    co_return ReassignResult<>{};
  }
  const auto refused = co_await cluster_.reassign(cancelled);
  if (!refused) co_return accident(refused.error());
  if (!refused->empty()) {
    co_return answer(fmt::format("Error cancelling partition reassignment{} for:{}",
                                 plural(refused->size()), show_refused(*refused)));
  }
  console_.out << fmt::format("Successfully cancelled partition reassignment{} for: {}\n",
                              plural(cancelled.size()), join_keys(cancelled));
  co_return ReassignResult<>{};
}

}  // namespace barnabas::tools
