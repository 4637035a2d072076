// Blocks of producer ids: whoever needs one takes the next from /latest_producer_id_block.
//
// Not fenced: any broker may take a block (before IBP 3.0 each does so itself), the node's version
// alone keeps two from taking the same.
// Errors      any of ZooKeeper but a lost race, which is run again; kMarshallingError: the node
//             makes no sense, or all ids are gone.
// Kafka       coordinator.transaction.ZkProducerIdManager.getNewProducerIdBlock.
#pragma once

#include <expected>

#include "env/task.h"
#include "zk/client.h"
#include "zk/values.h"

namespace barnabas::controller {

inline constexpr std::int64_t kProducerIdBlockSize = 1000;

// The block after the last one taken by anybody, known to be ours. A lost reply costs a block: the
// version tells only that somebody wrote, so another one is taken.
env::Task<std::expected<zk::ProducerIdBlock, zk::Error>> take_producer_id_block(zk::Client* client,
                                                                                BrokerId self);

}  // namespace barnabas::controller
