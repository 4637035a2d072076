#include "zk/native/client_log.h"

#include <zookeeper/zookeeper.h>

#include <bit>
#include <utility>

namespace barnabas::zk::native {
namespace {

using env::LogLevel;

constexpr std::string_view kLogger =
    "org.apache.zookeeper.ClientCnxn";  // as the JVM client's lines are filtered

constexpr std::pair<std::string_view, LogLevel> kLevels[] = {{"ZOO_ERROR@", LogLevel::kError},
                                                             {"ZOO_WARN@", LogLevel::kWarn},
                                                             {"ZOO_INFO@", LogLevel::kInfo},
                                                             {"ZOO_DEBUG@", LogLevel::kDebug}};

// What the C client calls an error, a refused or lost connection, is what it retries for a living.
LogLevel ours(LogLevel theirs) { return theirs == LogLevel::kError ? LogLevel::kWarn : theirs; }

}  // namespace

ClientLogLine parse_client_log(std::string_view line) {
  while (line.ends_with('\n')) line.remove_suffix(1);
  for (const auto& [mark, level] : kLevels) {
    const auto at = line.find(mark);
    if (at == std::string_view::npos) continue;
    const std::string_view text = line.substr(at + mark.size());
    // Ten lines about the machine for each session: of use to nobody but a debugger.
    return {text.starts_with("log_env@") ? LogLevel::kDebug : ours(level), text};
  }
  return {LogLevel::kInfo, line};
}

std::size_t RepeatFilter::admit(std::string_view text) {
  const auto place = text.substr(0, text.find(':'));
  const std::lock_guard lock(mutex_);
  if (place.starts_with("finalize_session_establishment")) said_.clear();
  const auto times = ++said_.try_emplace(std::string(place), 0).first->second;
  return std::has_single_bit(times) ? times : 0;
}

void log_from_client(const char* message) {
  static RepeatFilter filter;
  const ClientLogLine line = parse_client_log(message);
  if (!env::log_enabled(line.level, kLogger)) return;
  const auto times = filter.admit(line.text);
  if (times == 1) env::log_message(line.level, kLogger, line.text);
  if (times > 1) env::log_at(line.level, kLogger, "{} ({} times)", line.text, times);
}

void follow_log_level() {
  if (env::log_enabled(LogLevel::kDebug, kLogger)) {
    zoo_set_debug_level(ZOO_LOG_LEVEL_DEBUG);
  } else if (env::log_enabled(LogLevel::kInfo, kLogger)) {
    zoo_set_debug_level(ZOO_LOG_LEVEL_INFO);
  } else {
    zoo_set_debug_level(ZOO_LOG_LEVEL_WARN);
  }
}

}  // namespace barnabas::zk::native
