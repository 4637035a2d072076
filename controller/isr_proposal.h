// What a leader proposes as the ISR of its partition, and what the controller says to it; pure.
//
// Kafka       the checks of controller.KafkaController.tryProcessAlterPartition, in its order
//             (facts 2.7). Differs: an ISR without the leader or with a broker that has no replica
//             is refused (KRaft's controller does that).
#pragma once

#include <cstdint>
#include <vector>

#include "controller/context.h"
#include "protocol/error_code.h"
#include "protocol/messages/alter_partition.h"

namespace barnabas::controller {

struct IsrProposal {
  TopicPartition partition;  // an empty topic: its id is not known
  TopicId topic_id;          // as asked
  zk::PartitionState state;  // leader, leader epoch, ISR, recovery as the leader wants them
  PartitionEpoch partition_epoch;
  // What becomes of it.
  ErrorCode error = ErrorCode::kNone;
  LeaderAndIsr now;  // the state to answer with if there is no error
};

// The partitions of a request, in its order; topics by name before version 2, by id from then on.
std::vector<IsrProposal> proposals(const Context& context, std::int16_t version,
                                   const protocol::AlterPartitionRequest& request);

// True: to be written, on condition of its partition epoch. False: `error` and `now` say it all.
bool judge(const Context& context, std::int16_t version, IsrProposal& proposal);

protocol::AlterPartitionResponse answer(const std::vector<IsrProposal>& proposals);

}  // namespace barnabas::controller
