// Records of one magic 0/1 message: itself, or the messages inside it if it is compressed.
#pragma once

#include "protocol/records/record_source.h"

namespace barnabas::records {

std::expected<std::unique_ptr<RecordReader::Source>, RecordFault> open_legacy_source(
    BatchView batch, ReadOptions options);

}  // namespace barnabas::records
