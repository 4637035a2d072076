#include "broker/housekeeping.h"

#include <algorithm>

namespace barnabas::broker {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {
constexpr auto kProducerExpiry = std::chrono::minutes(10);
}  // namespace

Housekeeping::Housekeeping(const config::Config* config, log::LogManager* logs,
                           replica::ReplicaManager* replicas, env::Clock* clock, env::Disk* disk,
                           env::Executor executor)
    : config_(config),
      logs_(logs),
      replicas_(replicas),
      clock_(clock),
      disk_(disk),
      executor_(std::move(executor)) {}

Timestamp Housekeeping::now() const { return Timestamp{clock_->wall().count()}; }

void Housekeeping::every(env::Duration first, env::Duration period, std::function<void()> work) {
  auto* job = jobs_.emplace_back(std::make_unique<Job>(first, period, std::move(work))).get();
  gate_.spawn(executor_, run(job));
}

void Housekeeping::start() {
  using namespace config;
  const milliseconds high_watermarks(
      (*config_)[key::replica_high_watermark_checkpoint_interval_ms]);
  every(high_watermarks, high_watermarks, [this] { replicas_->checkpoint_high_watermarks(); });
  const milliseconds lag((*config_)[key::replica_lag_time_max_ms]);
  every(lag / 2, lag / 2, [this] { replicas_->maybe_shrink_isr(); });
  const milliseconds initial_delay((*config_)[key::log_initial_task_delay_ms]);
  const milliseconds recovery((*config_)[key::log_flush_offset_checkpoint_interval_ms]);
  every(initial_delay, recovery, [this] { logs_->checkpoint_recovery_points(); });
  const milliseconds starts((*config_)[key::log_flush_start_offset_checkpoint_interval_ms]);
  every(initial_delay, starts, [this] { logs_->checkpoint_log_start_offsets(); });
  const milliseconds retention((*config_)[key::log_retention_check_interval_ms]);
  every(initial_delay, retention, [this] {
    const auto bound = [this](const TopicPartition& tp) { return replicas_->high_watermark(tp); };
    logs_->delete_old_segments(bound, now());
  });
  every(kProducerExpiry, kProducerExpiry, [this] {
    for (const auto& log : logs_->all()) log->expire_producers(now());
  });
  every(seconds(1), seconds(1), [this] {
    logs_->run_chores(now());
    find_failed_directories();
  });
}

env::Task<void> Housekeeping::run(Job* job) {
  auto due = clock_->now() + job->first;
  while (!stopped_) {
    job->wake = env::Signal();
    co_await job->wake.wait_until(*clock_, due);
    if (stopped_) co_return;
    auto work = job->work;
    co_await disk_->run(std::move(work));
    due = clock_->now() + job->period;
  }
}

void Housekeeping::find_failed_directories() {
  const auto failed = logs_->offline_directories();
  for (const auto& directory : failed) {
    if (std::ranges::find(known_failed_, directory) != known_failed_.end()) continue;
    known_failed_.push_back(directory);
    const auto gone = replicas_->handle_directory_failure(directory);
    if (directory_failed_) directory_failed_(gone);
  }
  if (!failed.empty() && logs_->live_directories().empty() && all_failed_) all_failed_();
}

env::Task<void> Housekeeping::stop() {
  stopped_ = true;
  for (const auto& job : jobs_) job->wake.set();
  gate_.close();
  co_await gate_.wait();
}

}  // namespace barnabas::broker
