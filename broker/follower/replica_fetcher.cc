#include "broker/follower/replica_fetcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/follower/loggers.h"
#include "env/log.h"

namespace barnabas::broker::follower {

namespace {

// Old records in a round in which somebody may be in sync: enough for the full rate, and the loops
// at both ends are soon free for others.
constexpr std::int32_t kRoundBytes = 2 << 20;
// Whoever is new in the lane that catches up, and may be in sync, shall not wait for a long poll.
constexpr Millis kCatchUpPoll{20};
constexpr env::Duration kLongestRest = std::chrono::milliseconds(5);

const char* lane_suffix(Lane lane) { return lane == Lane::kCatchUp ? "-catch-up" : ""; }

}  // namespace

ReplicaFetcher::ReplicaFetcher(FetcherConfig config, FetcherPorts ports, FetchSource source,
                               env::Executor executor)
    : config_(std::move(config)),
      ports_(ports),
      source_(std::move(source)),
      name_(fmt::format("[ReplicaFetcher replicaId={}, leaderId={}, fetcherId={}{}]",
                        config_.self.value, source_.leader.value, source_.index,
                        lane_suffix(source_.lane))),
      executor_(std::move(executor)),
      partitions_(source_.lane, config_.ibp.truncation_on_fetch(), ports.failed) {}

void ReplicaFetcher::start() { ports_.gate->spawn(executor_, run(shared_from_this())); }

void ReplicaFetcher::follow(PartitionPtr partition, const replica::Following& following) {
  partitions_.follow(std::move(partition), following);
}

void ReplicaFetcher::stop() {
  if (stopped_.exchange(true)) return;
  partitions_.wake_up();
  ports_.gate->spawn(executor_, close(shared_from_this()));
}

// The channel belongs to our executor, so it is closed there.
env::Task<void> ReplicaFetcher::close(std::shared_ptr<ReplicaFetcher>) {
  if (endpoint_) endpoint_->close();
  co_return;
}

env::Task<void> ReplicaFetcher::run(std::shared_ptr<ReplicaFetcher>) {
  auto client = fmt::format("broker-{}-fetcher-{}{}", config_.self.value, source_.index,
                            lane_suffix(source_.lane));
  EndpointConfig endpoint{config_.self, config_.ibp, std::move(client), config_.socket_timeout};
  endpoint_ = std::make_unique<LeaderEndpoint>(std::move(endpoint),
                                               ports_.network->connect(source_.address, executor_));
  for (;;) {
    partitions_.end_round();
    ports_.between_rounds();
    hold_back();
    const bool has_newcomers = partitions_.refresh(ports_.clock->now(), session_);
    if (stopped_) break;  // only now: a refresh takes the wake-up of a stop() that came before it
    auto to_truncate = partitions_.to_truncate(ports_.clock->now());
    if (!to_truncate.empty()) {
      co_await truncate_waiting(std::move(to_truncate));
    } else if (session_.has_nothing_to_say()) {
      co_await rest();
    } else {
      co_await take_turn(has_newcomers);
    }
  }
  endpoint_.reset();
}

// What catches up waits while the limit is exceeded; what is in sync goes on.
void ReplicaFetcher::hold_back() {
  quota::ReplicationQuota* quota = config_.quota;
  if (quota == nullptr || !quota->is_exceeded()) return;
  const auto throttled = [quota](const TopicPartition& tp) {
    return quota->is_throttled(tp.topic, tp.partition);
  };
  partitions_.hold_back(throttled, ports_.clock->now() + config_.back_off);
}

env::Task<void> ReplicaFetcher::rest() {
  const auto rest = partitions_.rest();
  if (rest.until) {
    co_await rest.wake.wait_until(*ports_.clock, *rest.until);
  } else {
    co_await rest.wake.wait();
  }
}

env::Task<void> ReplicaFetcher::take_turn(bool has_newcomers) {
  const env::Instant begin = ports_.clock->now();
  co_await fetch_once(has_newcomers);
  const bool lags = source_.lane == Lane::kCatchUp && partitions_.max_lag() > 0;
  if (!lags) co_return write_behind_.forget();
  if (write_behind_.due()) {
    auto work = write_behind_.take();
    co_await ports_.disk->run(std::move(work));
  }
  co_await give_way(ports_.clock->now() - begin);
}

// A round of old records keeps a processor busy at both ends, and whoever produces may wait for it:
// a third of the time is theirs.
env::Task<void> ReplicaFetcher::give_way(env::Duration round) {
  partitions_.end_round();
  const auto rest = partitions_.rest();
  const env::Instant until = ports_.clock->now() + std::min(round / 2, kLongestRest);
  co_await rest.wake.wait_until(*ports_.clock, until);
}

// Who waits must not wait for the end of a poll that is about others.
Millis ReplicaFetcher::longest_poll() const {
  const bool catches_up = source_.lane == Lane::kCatchUp;
  const Millis most = catches_up ? std::min(config_.max_wait, kCatchUpPoll) : config_.max_wait;
  const auto retry_at = partitions_.next_retry();
  if (!retry_at) return most;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*retry_at - ports_.clock->now());
  const std::int64_t bounded = std::clamp<std::int64_t>(left.count(), 1, most.value);
  return Millis{static_cast<std::int32_t>(bounded)};
}

protocol::FetchRequest ReplicaFetcher::next_request(bool by_id, bool has_newcomers) {
  const bool old_records = has_newcomers || source_.lane == Lane::kCatchUp;
  protocol::FetchRequest request;
  request.max_wait_ms = longest_poll();
  request.min_bytes = config_.min_bytes;
  request.max_bytes = old_records ? std::min(config_.max_bytes, kRoundBytes) : config_.max_bytes;
  session_.fill(request, by_id, config_.partition_max_bytes);
  return request;
}

env::Task<void> ReplicaFetcher::fetch_once(bool has_newcomers) {
  const bool by_id = endpoint_->speaks_ids(session_.has_ids());
  auto request = next_request(by_id, has_newcomers);
  auto answer = co_await endpoint_->fetch(std::move(request), by_id, config_.broker_epoch());
  if (stopped_) co_return;
  if (!answer) {
    session_.connection_failed();
    leader_unreachable(protocol::to_string(answer.error()));
    co_return;
  }
  unreachable_ = false;
  if (session_.accept(answer->body)) {
    co_await take_over(std::move(*answer));
    co_return;
  }
  const ErrorCode error = answer->body.error_code;
  const bool session_lost =
      error == ErrorCode::kFetchSessionIdNotFound || error == ErrorCode::kInvalidFetchSessionEpoch;
  env::log_info(kFetcherLog, "{} the fetch session begins anew: {}", name_, barnabas::name(error));
  if (!session_lost) partitions_.wait_all(ports_.clock->now() + config_.back_off);
}

// Worth one line, not one a second for as long as the leader is away.
void ReplicaFetcher::leader_unreachable(const std::string& why) {
  const auto level = unreachable_ ? env::LogLevel::kDebug : env::LogLevel::kWarn;
  unreachable_ = true;
  env::log_at(level, kFetcherLog, "{} the leader at {}:{} cannot be fetched from: {}", name_,
              source_.address.host, source_.address.port, why);
  partitions_.wait_all(ports_.clock->now() + config_.back_off);
}

}  // namespace barnabas::broker::follower
