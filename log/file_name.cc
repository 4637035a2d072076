#include "log/file_name.h"

#include <array>
#include <charconv>

namespace barnabas::log {
namespace {

struct Suffix {
  FileKind kind;
  std::string_view text;
};
constexpr std::array kKinds{
    Suffix{FileKind::kLog, ".log"},
    Suffix{FileKind::kOffsetIndex, ".index"},
    Suffix{FileKind::kTimeIndex, ".timeindex"},
    Suffix{FileKind::kTransactionIndex, ".txnindex"},
    Suffix{FileKind::kSnapshot, ".snapshot"},
};

FileState take_state(std::string_view& name) {
  const auto take = [&](std::string_view text) {
    if (!name.ends_with(text)) return false;
    name.remove_suffix(text.size());
    return true;
  };
  if (take(kDeletedSuffix)) return FileState::kDeleted;
  if (take(kCleanedSuffix)) return FileState::kCleaned;
  if (take(kSwapSuffix)) return FileState::kSwap;
  return FileState::kLive;
}

}  // namespace

std::string_view suffix(FileKind kind) {
  for (const Suffix& s : kKinds) {
    if (s.kind == kind) return s.text;
  }
  return {};
}

std::string file_name(Offset base, FileKind kind) {
  const std::string digits = std::to_string(base.value);
  std::string name(digits.size() < 20 ? 20 - digits.size() : 0, '0');
  name += digits;
  name += suffix(kind);
  return name;
}

std::optional<SegmentFileName> parse_file_name(std::string_view name) {
  SegmentFileName out;
  out.state = take_state(name);
  for (const Suffix& s : kKinds) {
    if (!name.ends_with(s.text)) continue;
    const std::string_view digits = name.substr(0, name.size() - s.text.size());
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), out.base.value);
    if (error != std::errc() || end != digits.data() + digits.size() || out.base < Offset(0))
      return {};
    out.kind = s.kind;
    return out;
  }
  return {};
}

}  // namespace barnabas::log
