#include "broker/producer_id_blocks.h"

#include <utility>

#include "controller/producer_id_block.h"
#include "env/log.h"
#include "protocol/messages/allocate_producer_ids.h"

namespace barnabas::broker {
namespace {

constexpr auto kLogger = "kafka.coordinator.transaction.RPCProducerIdManager";
using replica::ProducerIds;
using Taken = std::optional<ProducerIds>;

env::Task<Taken> from_zookeeper(zk::Client* client, BrokerId self) {
  const auto block = co_await controller::take_producer_id_block(client, self);
  if (!block) co_return std::nullopt;
  co_return ProducerIds{block->first, block->last};
}

env::Task<Taken> from_controller(ControllerChannel* channel, BrokerId self, BrokerEpoch epoch) {
  protocol::AllocateProducerIdsRequest request;
  request.broker_id = self;
  request.broker_epoch = epoch;
  const auto answer = co_await channel->call(std::move(request));
  if (!answer) {
    env::log_debug(kLogger, "[RPC ProducerId Manager {}]: No answer from the controller: {}",
                   self.value, protocol::to_string(answer.error()));
    co_return std::nullopt;
  }
  if (answer->error_code != ErrorCode::kNone || answer->producer_id_len <= 0) {
    env::log_warn(kLogger, "[RPC ProducerId Manager {}]: The controller gave no block: {}",
                  self.value, name(answer->error_code));
    co_return std::nullopt;
  }
  const ProducerId first = answer->producer_id_start;
  co_return ProducerIds{first, ProducerId{first.value + answer->producer_id_len - 1}};
}

}  // namespace

replica::TakeProducerIds producer_ids_from_zookeeper(zk::Client* client, BrokerId self) {
  return [client, self] { return from_zookeeper(client, self); };
}

replica::TakeProducerIds producer_ids_from_controller(ControllerChannel* channel, BrokerId self,
                                                      std::function<BrokerEpoch()> broker_epoch) {
  return [channel, self, epoch = std::move(broker_epoch)] {
    return from_controller(channel, self, epoch());
  };
}

}  // namespace barnabas::broker
