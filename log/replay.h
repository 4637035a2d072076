// Rebuilding producer state from snapshots and batches.
//
// Used after a truncation, and by the loader.
// Kafka       UnifiedLog.rebuildProducerState, loadProducersFromRecords.
#pragma once

#include "log/producer_store.h"
#include "log/segment_list.h"
#include "protocol/records/batch.h"

namespace barnabas::log {

// What producer state needs of a batch; reads the marker of a control batch.
ProducerBatch describe_producer_batch(const records::BatchView& batch);

// Makes the state that of all batches below `end`: newest usable snapshot, then the batches behind
// it. Leaves snapshots at the last two segments' bases and at `end`, so that the next load need not
// read so much. `clean` (a start after a clean shutdown): no snapshot at all means that no producer
// ever had state, so nothing is read.
env::IoResult<void> rebuild_producers(ProducerStore& producers, const SegmentList& segments,
                                      Offset log_start, Offset end, Timestamp now,
                                      bool clean = false);

}  // namespace barnabas::log
