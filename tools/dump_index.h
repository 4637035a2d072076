// The index and snapshot parts of kafka-dump-log.
#pragma once

#include <cstdint>
#include <expected>
#include <ostream>
#include <string>
#include <vector>

#include "env/files.h"

namespace barnabas::tools {

struct IndexDump {
  bool sanity_only = false;  // --index-sanity-check
  bool verify_only = false;  // --verify-index-only: no entries printed
  std::int32_t max_message_size = 5'242'880;
};

struct OffsetMismatch {
  std::int64_t indexed = 0;
  std::int64_t in_log = 0;
};

struct TimeMismatch {
  std::int64_t indexed = 0;
  std::int64_t other = 0;  // what the log has, or the entry before
};

struct TimeIndexFindings {
  std::vector<TimeMismatch> wrong;
  std::vector<TimeMismatch> out_of_order;
  std::vector<OffsetMismatch> not_found;
};

// Each prints to `out`; the error ends the program.
std::expected<std::vector<OffsetMismatch>, std::string> dump_offset_index(env::Files& files,
                                                                          const std::string& path,
                                                                          const IndexDump& what,
                                                                          std::ostream& out);
std::expected<TimeIndexFindings, std::string> dump_time_index(env::Files& files,
                                                              const std::string& path,
                                                              const IndexDump& what,
                                                              std::ostream& out);
std::expected<void, std::string> dump_transaction_index(env::Files& files, const std::string& path,
                                                        std::ostream& out);
// A snapshot that cannot be read is told on `err` and is no failure.
std::expected<void, std::string> dump_snapshot(env::Files& files, const std::string& path,
                                               std::ostream& out, std::ostream& err);

// "DIR/00000000000000000012.index" -> 12; the error is the part that is no number.
std::expected<std::int64_t, std::string> base_offset_of(const std::string& path);
// "DIR/00000000000000000012.index", ".log" -> "DIR/00000000000000000012.log"
std::string sibling(const std::string& path, const std::string& suffix);

}  // namespace barnabas::tools
