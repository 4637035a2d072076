#include "env/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <mutex>
#include <shared_mutex>

namespace barnabas::env {

namespace {

constexpr std::array<std::string_view, 7> kNames = {"TRACE", "DEBUG", "INFO", "WARN",
                                                    "ERROR", "FATAL", "OFF"};

struct Levels {
  mutable std::shared_mutex mutex;
  std::map<std::string, LogLevel, std::less<>> of_logger = {{"root", LogLevel::kInfo}};
  std::atomic<LogLevel> lowest = LogLevel::kInfo;  // the usual answer, without the lock

  LogLevel find(std::string_view logger) const {
    std::shared_lock lock(mutex);
    while (true) {
      auto found = of_logger.find(logger);
      if (found != of_logger.end()) return found->second;
      std::size_t dot = logger.rfind('.');
      logger = dot == std::string_view::npos ? "root" : logger.substr(0, dot);
    }
  }

  void changed() {
    LogLevel low = LogLevel::kOff;
    for (const auto& [logger, level] : of_logger) low = std::min(low, level);
    lowest = low;
  }
};

Levels& levels() {
  static Levels* all = new Levels;  // destructors of statics may log
  return *all;
}

std::shared_ptr<spdlog::logger> make_stdout() {
  auto sink = std::make_shared<spdlog::sinks::stdout_sink_st>();  // we hold the lock
  auto logger = std::make_shared<spdlog::logger>("barnabas", std::move(sink));
  logger->set_level(spdlog::level::trace);
  logger->set_pattern("[%Y-%m-%d %H:%M:%S,%e] %v");
  logger->flush_on(spdlog::level::trace);
  return logger;
}

struct Output {
  std::mutex mutex;
  LogSink sink;
  std::shared_ptr<spdlog::logger> out = make_stdout();
};

Output& output() {
  static Output* one = new Output;
  return *one;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string escaped(std::string_view message) {
  std::string line;
  line.reserve(message.size() + 8);
  for (char c : message) {
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\r') {
      line += "\\r";
    } else if (is_control(c) && c != '\t') {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      line += c;
    }
  }
  return line;
}

std::string_view key_of(std::string_view logger) { return logger.empty() ? "root" : logger; }

bool same_word(std::string_view upper, std::string_view word) {
  return std::ranges::equal(upper, word, [](char a, char b) {
    return a == (b >= 'a' && b <= 'z' ? static_cast<char>(b - 'a' + 'A') : b);
  });
}

}  // namespace

std::string_view to_string(LogLevel level) { return kNames[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> log_level_from(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (same_word(kNames[i], name)) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

bool log_enabled(LogLevel level, std::string_view logger) {
  return level >= levels().lowest.load(std::memory_order_relaxed) && level >= log_level(logger);
}

LogLevel log_level(std::string_view logger) { return levels().find(key_of(logger)); }

void set_log_level(std::string_view logger, LogLevel level) {
  std::lock_guard lock(levels().mutex);
  levels().of_logger[std::string(key_of(logger))] = level;
  levels().changed();
}

void clear_log_level(std::string_view logger) {
  std::lock_guard lock(levels().mutex);
  if (key_of(logger) != "root") levels().of_logger.erase(std::string(logger));
  levels().changed();
}

std::map<std::string, LogLevel> log_levels() {
  std::shared_lock lock(levels().mutex);
  return {levels().of_logger.begin(), levels().of_logger.end()};
}

void set_log_sink(LogSink sink) {
  std::lock_guard lock(output().mutex);
  output().sink = std::move(sink);
}

void log_message(LogLevel level, std::string_view logger, std::string_view message) {
  std::string line = escaped(message);
  std::lock_guard lock(output().mutex);
  if (output().sink) {
    output().sink(level, logger, line);
  } else {
    output().out->info("{} {} ({})", to_string(level), line, logger);
  }
}

void log_formatted(LogLevel level, std::string_view logger, fmt::string_view format,
                   fmt::format_args arguments) {
  log_message(level, logger, fmt::vformat(format, arguments));
}

}  // namespace barnabas::env
