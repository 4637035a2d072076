// Names of the files inside a partition's directory.
//
// Kafka       LogFileUtils: a base offset as 20 digits, then .log .index .timeindex .txnindex
//             .snapshot, then possibly .deleted (waits for removal), .cleaned or .swap (compaction
//             on its way).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/types.h"

namespace barnabas::log {

enum class FileKind { kLog, kOffsetIndex, kTimeIndex, kTransactionIndex, kSnapshot };
enum class FileState { kLive, kDeleted, kCleaned, kSwap };

struct SegmentFileName {
  Offset base;
  FileKind kind = FileKind::kLog;
  FileState state = FileState::kLive;
  friend bool operator==(const SegmentFileName&, const SegmentFileName&) = default;
};

inline constexpr std::string_view kDeletedSuffix = ".deleted";
inline constexpr std::string_view kCleanedSuffix = ".cleaned";
inline constexpr std::string_view kSwapSuffix = ".swap";

std::string_view suffix(FileKind kind);
std::string file_name(Offset base, FileKind kind);
std::optional<SegmentFileName> parse_file_name(
    std::string_view name);  // nothing: not a segment's file

}  // namespace barnabas::log
