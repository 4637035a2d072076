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

env::Task<bool> ask(const ControlledShutdownConfig* config, ControllerChannel* channel,
                    env::Clock* clock) {
  Request request;
  request.broker_id = config->self;
  request.broker_epoch = config->broker_epoch();
  const env::Instant begun = clock->now();
  const auto answer = co_await channel->call(std::move(request), config->version);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock->now() - begun);
  if (answer) co_return note(config->self, *answer, took.count());
  env::log_warn(kLogger,
                "[KafkaServer id={}] Error during controlled shutdown, possibly because leader "
                "movement took longer than the configured controller.socket.timeout.ms and/or "
                "request.timeout.ms: {}",
                config->self.value, protocol::to_string(answer.error()));
  co_return false;
}

}  // namespace

env::Task<bool> leave_in_order(ControlledShutdownConfig config, ControllerChannel* channel,
                               env::Clock* clock) {
  env::log_info(kLogger, "[KafkaServer id={}] Starting controlled shutdown", config.self.value);
  for (int left = config.tries; left > 0;) {
    const bool done = co_await ask(&config, channel, clock);
    if (done) co_return true;
    if (--left == 0) break;
    co_await env::sleep_for(*clock, config.back_off);
    env::log_info(kLogger,
                  "[KafkaServer id={}] Retrying controlled shutdown ({} retries remaining)",
                  config.self.value, left);
  }
  env::log_warn(kLogger,
                "[KafkaServer id={}] Proceeding to do an unclean shutdown as all the controlled "
                "shutdown attempts failed",
                config.self.value);
  co_return false;
}

}  // namespace barnabas::broker
