#include "broker/controlled_shutdown.h"

#include "env/log.h"
#include "protocol/messages/controlled_shutdown.h"

namespace barnabas::broker {
namespace {

constexpr auto kLogger = "kafka.server.KafkaServer";
using Request = protocol::ControlledShutdownRequest;
using Response = protocol::ControlledShutdownResponse;

// True: nothing remains.
bool note(BrokerId self, const Response& response, std::int64_t took_ms) {
  if (response.error_code != ErrorCode::kNone) {
    env::log_info(kLogger,
                  "[KafkaServer id={}] Controlled shutdown request returned after {}ms with error "
                  "{}",
                  self.value, took_ms, name(response.error_code));
    return false;
  }
  if (!response.remaining_partitions.empty()) {
    env::log_info(kLogger,
                  "[KafkaServer id={}] Controlled shutdown request returned after {}ms with {} "
                  "partitions remaining to move",
                  self.value, took_ms, response.remaining_partitions.size());
    return false;
  }
  env::log_info(kLogger,
                "[KafkaServer id={}] Controlled shutdown request returned successfully after {}ms",
                self.value, took_ms);
  return true;
}

class Leaving {
 public:
  Leaving(ControlledShutdownConfig config, ControllerChannel* channel,
          replica::MetadataCache* metadata, env::Clock* clock)
      : config_(std::move(config)), channel_(channel), metadata_(metadata), clock_(clock) {}

  // One request; true if nothing remains.
  env::Task<bool> ask();
  // The wait between two tries. True if the answer of a controller that came up meanwhile ended it.
  env::Task<bool> back_off();

 private:
  // Between whom a request goes.
  struct Parties {
    BrokerId controller;
    BrokerEpoch broker_epoch;
    bool operator==(const Parties&) const = default;
  };
  Parties parties() const {
    return {metadata_->snapshot()->controller_id(), config_.broker_epoch()};
  }
  env::Task<bool> other_parties_before(env::Instant deadline);

  const ControlledShutdownConfig config_;
  ControllerChannel* const channel_;
  replica::MetadataCache* const metadata_;
  env::Clock* const clock_;
  Parties asked_;
};

env::Task<bool> Leaving::ask() {
  asked_ = parties();
  Request request;
  request.broker_id = config_.self;
  request.broker_epoch = asked_.broker_epoch;
  const env::Instant begun = clock_->now();
  const auto answer = co_await channel_->call(std::move(request), config_.version);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_->now() - begun);
  if (answer) co_return note(config_.self, *answer, took.count());
  env::log_warn(kLogger,
                "[KafkaServer id={}] Error during controlled shutdown, possibly because leader "
                "movement took longer than the configured controller.socket.timeout.ms and/or "
                "request.timeout.ms: {}",
                config_.self.value, protocol::to_string(answer.error()));
  co_return false;
}

// A broker that registers again is told the whole metadata, so waiting for that is enough to see
// either party change.
env::Task<bool> Leaving::other_parties_before(env::Instant deadline) {
  for (;;) {
    env::Signal updated;
    const auto watch = metadata_->watch(updated);
    if (parties() != asked_) co_return true;
    const bool woken = co_await updated.wait_until(*clock_, deadline);
    if (!woken) co_return false;
  }
}

env::Task<bool> Leaving::back_off() {
  const env::Instant deadline = clock_->now() + config_.back_off;
  while (clock_->now() < deadline) {
    const bool changed = co_await other_parties_before(deadline);
    if (!changed) break;
    env::log_info(kLogger,
                  "[KafkaServer id={}] The controller or our registration is a new one: asking "
                  "broker {} at once",
                  config_.self.value, parties().controller.value);
    const bool done = co_await ask();
    if (done) co_return true;
  }
  co_return false;
}

}  // namespace

env::Task<bool> leave_in_order(ControlledShutdownConfig config, ControllerChannel* channel,
                               replica::MetadataCache* metadata, env::Clock* clock) {
  const BrokerId self = config.self;
  const int tries = config.tries;
  Leaving leaving(std::move(config), channel, metadata, clock);
  env::log_info(kLogger, "[KafkaServer id={}] Starting controlled shutdown", self.value);
  for (int left = tries; left > 0;) {
    bool done = co_await leaving.ask();
    if (done) co_return true;
    if (--left == 0) break;
    done = co_await leaving.back_off();
    if (done) co_return true;
    env::log_info(kLogger,
                  "[KafkaServer id={}] Retrying controlled shutdown ({} retries remaining)",
                  self.value, left);
  }
  env::log_warn(kLogger,
                "[KafkaServer id={}] Proceeding to do an unclean shutdown as all the controlled "
                "shutdown attempts failed",
                self.value);
  co_return false;
}

}  // namespace barnabas::broker
