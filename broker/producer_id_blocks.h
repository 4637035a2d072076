// The two ways to a block of producer ids: through the controller (KIP-730, from IBP 3.0 on), or
// straight from ZooKeeper.
//
// Kafka       coordinator/transaction/RPCProducerIdManager, ZkProducerIdManager.
#pragma once

#include <functional>

#include "broker/controller_channel.h"
#include "broker/replica/producer_id_manager.h"
#include "zk/client.h"

namespace barnabas::broker {

// Both run on the client's or channel's executor.
replica::TakeProducerIds producer_ids_from_zookeeper(zk::Client* client, BrokerId self);
replica::TakeProducerIds producer_ids_from_controller(ControllerChannel* channel, BrokerId self,
                                                      std::function<BrokerEpoch()> broker_epoch);

}  // namespace barnabas::broker
