// AllocateProducerIds: a block of producer ids for a broker that is what it says it is (facts 2.7).

#include <utility>

#include "controller/loggers.h"
#include "controller/producer_id_block.h"
#include "controller/role.h"
#include "env/log.h"

namespace barnabas::controller {

env::Task<void> Role::handle(events::AllocateProducerIds request) {
  const BrokerId id = request.question.broker_id;
  protocol::AllocateProducerIdsResponse response;
  const LiveBroker* broker = context_.broker(id);
  if (broker == nullptr) {
    response.error_code = ErrorCode::kBrokerIdNotRegistered;
  } else if (broker->epoch != request.question.broker_epoch) {
    response.error_code = ErrorCode::kStaleBrokerEpoch;
  } else {
    const auto block = co_await take_producer_id_block(ports_.client, id);
    if (block) {
      response.producer_id_start = block->first;
      response.producer_id_len = static_cast<std::int32_t>(kProducerIdBlockSize);
    } else if (block.error() == zk::Error::kSessionExpired) {
      fail(block.error(), "taking a block of producer ids");
    } else {
      env::log_error(kControllerLog,
                     "[Controller id={}] No block of producer ids for broker {}: {}",
                     config_.broker_id.value, id.value, zk::name(block.error()));
      response.error_code = ErrorCode::kUnknownServerError;
    }
  }
  request.reply.answer(std::move(response));
}

}  // namespace barnabas::controller
