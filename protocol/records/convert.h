// Records for readers older than magic 2 (fetch v0..v3).
//
// Kafka       RecordsUtil.downConvert, LazyDownConversionRecords and its Send.
#pragma once

#include <optional>

#include "protocol/error_code.h"
#include "protocol/records/batch.h"

namespace barnabas::records {

// All whole batches of `records` in at most `magic` (0 or 1): control batches left out, headers
// dropped, codec and offsets kept; of uncompressed batches the records before `first_offset` left
// out (old readers would see them). A zstd batch: kUnsupportedCompressionType. Batches that are
// broken: the error of the fault.
Result<Buffer> down_convert(Bytes records, std::int8_t magic, Offset first_offset);

// What a slice of a log, whose last batch may be cut, becomes in an answer: as many bytes as the
// slice has, or as its first batch makes if those are more. What is too long is cut; where batches
// end early, or one cannot be converted, a batch follows that is longer than the answer, which
// readers take for a cut one. An error: that of the first batch. nullopt: a later batch cannot be
// converted and so much is missing that Kafka closes the connection.
Result<std::optional<Buffer>> down_convert_slice(Bytes slice, std::int8_t magic,
                                                 Offset first_offset);

}  // namespace barnabas::records
