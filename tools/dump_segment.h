// The .log part of kafka-dump-log.
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "env/files.h"
#include "tools/record_decoders.h"

namespace barnabas::tools {

struct SegmentDump {
  bool records = false;   // --deep-iteration, or contents
  bool contents = false;  // keys and values
  bool record_metadata = true;
  std::int32_t max_bytes = std::numeric_limits<std::int32_t>::max();
  RecordDecoder decoder = {};
};

struct OffsetGap {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

// The error ends the program; what was printed before it stays.
std::expected<std::vector<OffsetGap>, std::string> dump_segment(std::shared_ptr<env::File> file,
                                                                const std::string& path,
                                                                const SegmentDump& dump,
                                                                std::ostream& out);

}  // namespace barnabas::tools
