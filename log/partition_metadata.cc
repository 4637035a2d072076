#include "log/partition_metadata.h"

namespace barnabas::log {
namespace {

// Takes `key: value` off the front of `text`.
bool take_line(std::string_view& text, std::string_view key, std::string_view& value) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.starts_with(key)) return false;
  value = line.substr(key.size());
  while (value.starts_with(' ')) value.remove_prefix(1);
  return true;
}

}  // namespace

std::string format_partition_metadata(const TopicId& id) {
  return "version: 0\ntopic_id: " + to_string(id);
}

std::expected<TopicId, std::string> parse_partition_metadata(std::string_view text,
                                                             const std::string& path) {
  const auto bad = [&](std::string_view why) {
    return std::unexpected("Malformed partition metadata file " + path + ": " + std::string(why));
  };
  std::string_view version;
  std::string_view id_text;
  if (!take_line(text, "version:", version)) return bad("no version");
  if (version != "0") return bad("unknown version " + std::string(version));
  if (!take_line(text, "topic_id:", id_text)) return bad("no topic id");
  TopicId id;
  if (!parse_uuid(id_text, id)) return bad("invalid topic id " + std::string(id_text));
  if (id.is_zero()) return bad("the topic id is zero");
  return id;
}

}  // namespace barnabas::log
