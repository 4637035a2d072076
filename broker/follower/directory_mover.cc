#include "broker/follower/directory_mover.h"

#include <algorithm>
#include <utility>

#include "broker/follower/log_copy.h"
#include "env/log.h"

namespace barnabas::broker::follower {
namespace {

constexpr auto kLogger = "kafka.server.ReplicaAlterLogDirsThread";
constexpr std::uint32_t kLastPiece = 256 << 10;  // copied while producers wait

}  // namespace

DirectoryMover::DirectoryMover(MoverConfig config, log::LogManager* logs, env::Clock* clock,
                               env::Disk* disk, env::Executor executor)
    : config_(config), logs_(logs), clock_(clock), disk_(disk), executor_(std::move(executor)) {}

void DirectoryMover::move(std::span<const PartitionPtr> partitions) {
  if (partitions.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const PartitionPtr& partition : partitions) {
    const auto same = [&](const auto& job) { return job->partition == partition; };
    const auto known = std::ranges::find_if(jobs_, same);
    if (known == jobs_.end()) {
      jobs_.push_back(std::make_shared<Job>(partition));
    } else {
      (*known)->asked_again = true;  // for another future log, perhaps
    }
  }
  wake_.set();
  if (!std::exchange(started_, true)) gate_.spawn(executor_, run());
}

void DirectoryMover::stop(std::span<const TopicPartition> partitions) {
  const std::lock_guard lock(mutex_);
  std::erase_if(jobs_, [&](const auto& job) {
    return std::ranges::find(partitions, job->partition->topic_partition()) != partitions.end();
  });
}

std::size_t DirectoryMover::moving() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

env::Task<void> DirectoryMover::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    jobs_.clear();
    wake_.set();
  }
  gate_.close();
  co_await gate_.wait();
}

env::Task<void> DirectoryMover::run() {
  for (;;) {
    const auto turn = next_turn();
    if (turn.stopped) co_return;
    if (!turn.job) {
      co_await rest(turn);
      continue;
    }
    Step done;
    std::move_only_function<void()> work = [this, &turn, &done] { done = step(*turn.job); };
    co_await disk_->run(std::move(work));
    conclude(turn.job, done);
  }
}

// The first that need not wait, and goes on until its end: one finished move is worth more than two
// halves.
DirectoryMover::Turn DirectoryMover::next_turn() {
  const std::lock_guard lock(mutex_);
  Turn turn;
  turn.stopped = stopped_;
  wake_ = env::Signal();
  turn.wake = wake_;
  const env::Instant now = clock_->now();
  const bool held_back = config_.quota != nullptr && config_.quota->is_exceeded();
  for (const auto& job : jobs_) {
    const env::Instant at = held_back ? now + config_.back_off : job->not_before;
    if (at <= now) {
      job->asked_again = false;
      turn.job = job;
      return turn;
    }
    turn.until = std::min(turn.until.value_or(at), at);
  }
  return turn;
}

env::Task<void> DirectoryMover::rest(Turn turn) {
  if (turn.until) {
    co_await turn.wake.wait_until(*clock_, *turn.until);
  } else {
    co_await turn.wake.wait();
  }
}

void DirectoryMover::conclude(const std::shared_ptr<Job>& job, const Step& done) {
  const std::lock_guard lock(mutex_);
  if (done.outcome == Outcome::kEnded && !job->asked_again) std::erase(jobs_, job);
  if (done.outcome == Outcome::kFailed) job->not_before = clock_->now() + config_.back_off;
  if (config_.quota != nullptr) config_.quota->record(static_cast<std::int64_t>(done.bytes));
}

DirectoryMover::Step DirectoryMover::step(Job& job) {
  const TopicPartition& tp = job.partition->topic_partition();
  const auto log = job.partition->log();
  const auto future = logs_->find_future(tp);
  if (!log || !future || job.partition->is_offline()) return {Outcome::kEnded};
  const auto copied = copy_step(*log, *future, config_.piece_bytes, wall());
  if (!copied) return failed(job, copied.error());
  if (!copied->complete) return {Outcome::kGoesOn, copied->bytes};
  const auto finished = job.prepared == future ? finish(job, future) : prepare(job, future);
  if (!finished) return failed(job, finished.error());
  return {*finished, copied->bytes};
}

// Slow, for it syncs: what is appended meanwhile is copied by further steps.
Result<DirectoryMover::Outcome> DirectoryMover::prepare(Job& job,
                                                        const std::shared_ptr<log::Log>& future) {
  const auto done = logs_->prepare_swap(future);
  if (!done) return std::unexpected(done.error());
  job.prepared = future;
  return Outcome::kGoesOn;
}

Result<DirectoryMover::Outcome> DirectoryMover::finish(Job& job,
                                                       const std::shared_ptr<log::Log>& future) {
  const TopicPartition& tp = job.partition->topic_partition();
  std::optional<log::Swapped> swapped;
  const auto swap = [&](log::Log& log) -> Result<std::shared_ptr<log::Log>> {
    const auto equal = complete_copy(log, *future, kLastPiece, wall());
    if (!equal) return std::unexpected(equal.error());
    if (!*equal) return nullptr;
    auto done = logs_->swap(future);
    if (!done) return std::unexpected(done.error());
    swapped = std::move(*done);
    return swapped->log;
  };
  const auto replaced = job.partition->replace_log(swap);
  if (!replaced) return std::unexpected(replaced.error());
  if (!*replaced) return Outcome::kGoesOn;
  logs_->settle_swap(tp, *swapped, job.partition->high_watermark());
  env::log_info(kLogger, "{} is now in {}", to_string(tp), swapped->log->directory());
  return Outcome::kEnded;
}

// Once in the log, not once a second for as long as it lasts. A directory that has failed is found
// by Housekeeping, which gives the future log up.
DirectoryMover::Step DirectoryMover::failed(Job& job, ErrorCode why) {
  const auto level = job.complained ? env::LogLevel::kDebug : env::LogLevel::kWarn;
  job.complained = true;
  env::log_at(level, kLogger, "{} cannot be copied to its new directory, which is tried again: {}",
              to_string(job.partition->topic_partition()), name(why));
  return {Outcome::kFailed};
}

}  // namespace barnabas::broker::follower
