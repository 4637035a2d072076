#include "tools/shell/shell_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace barnabas::tools {
namespace {

struct Known {
  std::string_view name;
  std::string_view arguments;  // for the usage line
  std::string_view flags;      // letters
  std::size_t least_words;
  bool takes_path = true;
};

constexpr auto kCommands = std::to_array<Known>({
    {"close", "", "", 0, false},
    {"connect", "host:port", "", 0, false},
    {"create", "[-s] [-e] path [data]", "se", 1},
    {"delete", "[-v version] path", "v", 1},
    {"deleteall", "path", "", 1},
    {"get", "[-s] [-w] path", "sw", 1},
    {"getAcl", "[-s] path", "s", 1},
    {"history", "", "", 0, false},
    {"ls", "[-s] [-w] [-R] path", "swR", 1},
    {"quit", "", "", 0, false},
    {"set", "[-s] [-v version] path data", "sv", 2},
    {"stat", "[-w] path", "w", 1},
    {"sync", "path", "", 1},
});

ShellError usage_of(const Known& known) {
  return {fmt::format("{} {}", known.name, known.arguments)};
}

ShellError unknown(std::string_view name) {
  return {fmt::format("{}Command not found: Command not found {}", shell_usage(), name),
          kUnknownCommand};
}

std::optional<ShellError> set_version(ShellCommand& command, const Known& known,
                                      const std::string& text) {
  int version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size()) return usage_of(known);
  command.version = version;
  return std::nullopt;
}

bool is_option(std::string_view word) { return word.size() > 1 && word.starts_with('-'); }

// The letters of "-sw"; what is wrong with them.
std::optional<ShellError> read_flags(ShellCommand& command, const Known& known,
                                     const std::string& word) {
  for (const char letter : word.substr(1)) {
    if (known.flags.find(letter) == std::string_view::npos) {
      return ShellError{"Unrecognized option: " + word};
    }
    command.flags.insert(letter);
  }
  return std::nullopt;
}

std::optional<ShellError> read_words(ShellCommand& command, const Known& known,
                                     const std::vector<std::string>& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (!is_option(words[i])) {
      command.words.push_back(words[i]);
      continue;
    }
    if (auto wrong = read_flags(command, known, words[i])) return wrong;
    if (!words[i].ends_with('v')) continue;
    if (++i == words.size()) return ShellError{"Missing argument for option: v"};
    if (auto wrong = set_version(command, known, words[i])) return wrong;
  }
  return std::nullopt;
}

}  // namespace

std::string shell_usage() {
  std::string text = "ZooKeeper -server host:port cmd args\n";
  for (const auto& known : kCommands) text += fmt::format("\t{} {}\n", known.name, known.arguments);
  return text;
}

std::vector<std::string> split_line(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  std::vector<std::string> words;
  while (true) {
    const auto begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const char quote = line.front();
    const auto closing =
        quote == '"' || quote == '\'' ? line.find(quote, 1) : std::string_view::npos;
    if (closing != std::string_view::npos) {
      words.emplace_back(line.substr(1, closing - 1));
      line.remove_prefix(closing + 1);
    } else {
      const auto end = std::min(line.find_first_of(kBlanks), line.size());
      words.emplace_back(line.substr(0, end));
      line.remove_prefix(end);
    }
  }
}

std::optional<std::string> wrong_path(std::string_view path) {
  if (path.empty()) return "Path length must be > 0";
  if (path.front() != '/') return "Path must start with / character";
  if (path.size() == 1) return std::nullopt;
  if (path.back() == '/') return "Path must not end with / character";
  std::size_t begin = 1;
  for (std::size_t i = 1; i <= path.size(); ++i) {
    if (i < path.size() && path[i] != '/') continue;
    const auto name = path.substr(begin, i - begin);
    if (name.empty()) {
      return fmt::format("Invalid path string \"{}\" caused by empty node name specified @{}", path,
                         i);
    }
    if (name == "." || name == "..") {
      return fmt::format("Invalid path string \"{}\" caused by relative paths not allowed @{}",
                         path, i - 1);
    }
    begin = i + 1;
  }
  return std::nullopt;
}

std::expected<ShellCommand, ShellError> parse_command(std::vector<std::string> words) {
  const auto* const known = std::ranges::find(kCommands, words.front(), &Known::name);
  if (known == kCommands.end()) return std::unexpected(unknown(words.front()));
  ShellCommand command{words.front()};
  if (auto wrong = read_words(command, *known, words)) return std::unexpected(*wrong);
  if (command.words.size() < known->least_words) return std::unexpected(usage_of(*known));
  if (!known->takes_path) return command;
  if (auto wrong = wrong_path(command.words.front())) return std::unexpected(ShellError{*wrong});
  return command;
}

}  // namespace barnabas::tools
