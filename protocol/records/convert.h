// Records for readers older than magic 2 (fetch v0..v3).
//
// Kafka       RecordsUtil.downConvert.
#pragma once

#include "protocol/error_code.h"
#include "protocol/records/batch.h"

namespace barnabas::records {

// All whole batches of `records` in at most `magic` (0 or 1): control batches left out, headers
// dropped, codec and offsets kept; of uncompressed batches the records before `first_offset` left
// out (old readers would see them). A zstd batch: kUnsupportedCompressionType. Batches that are
// broken: the error of the fault.
Result<Buffer> down_convert(Bytes records, std::int8_t magic, Offset first_offset);

}  // namespace barnabas::records
