// The broker's log: one line per message, as Kafka's log4j prints it to stdout.
//
//   [2024-05-06 07:08:09,123] INFO [KafkaServer id=1] started (kafka.server.KafkaServer)
//
// Owns        the levels (one for the root, and one for each logger that was given its own).
// Does not    rotate or write files: that is the job of whoever runs the process.
// Threading   everything from any thread; the sink is called one message at a time.
// Kafka       log4j.properties' stdout appender; logger names are Kafka's class names, so that the
//             same filters and BROKER_LOGGER settings work.
#pragma once

#include <fmt/core.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace barnabas::env {

enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError, kFatal, kOff };

std::string_view to_string(LogLevel level);                     // "INFO", as log4j writes it
std::optional<LogLevel> log_level_from(std::string_view name);  // any case

// Loggers form a tree by the dots in their names; the nearest one that has a level decides.
bool log_enabled(LogLevel level, std::string_view logger);
LogLevel log_level(std::string_view logger);
void set_log_level(std::string_view logger, LogLevel level);  // "root" (or "") is the root
void clear_log_level(std::string_view logger);                // inherits again; not for the root
std::map<std::string, LogLevel> log_levels();                 // those set, "root" among them

// Where lines go instead of stdout; nullptr for stdout again. Called under a lock: it must not log.
using LogSink =
    std::function<void(LogLevel level, std::string_view logger, std::string_view message)>;
void set_log_sink(LogSink sink);

// Control characters, newlines among them, are escaped: what a peer sent cannot forge a line.
void log_message(LogLevel level, std::string_view logger, std::string_view message);
void log_formatted(LogLevel level, std::string_view logger, fmt::string_view format,
                   fmt::format_args arguments);

template <class... T>
void log_at(LogLevel level, std::string_view logger, fmt::format_string<T...> format,
            T&&... values) {
  if (!log_enabled(level, logger)) return;
  log_formatted(level, logger, format, fmt::make_format_args(values...));
}

template <class... T>
void log_trace(std::string_view logger, fmt::format_string<T...> format, T&&... values) {
  log_at(LogLevel::kTrace, logger, format, std::forward<T>(values)...);
}
template <class... T>
void log_debug(std::string_view logger, fmt::format_string<T...> format, T&&... values) {
  log_at(LogLevel::kDebug, logger, format, std::forward<T>(values)...);
}
template <class... T>
void log_info(std::string_view logger, fmt::format_string<T...> format, T&&... values) {
  log_at(LogLevel::kInfo, logger, format, std::forward<T>(values)...);
}
template <class... T>
void log_warn(std::string_view logger, fmt::format_string<T...> format, T&&... values) {
  log_at(LogLevel::kWarn, logger, format, std::forward<T>(values)...);
}
template <class... T>
void log_error(std::string_view logger, fmt::format_string<T...> format, T&&... values) {
  log_at(LogLevel::kError, logger, format, std::forward<T>(values)...);
}
template <class... T>
void log_fatal(std::string_view logger, fmt::format_string<T...> format, T&&... values) {
  log_at(LogLevel::kFatal, logger, format, std::forward<T>(values)...);
}

}  // namespace barnabas::env
