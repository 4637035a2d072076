// A line typed into zookeeper-shell, taken apart.
//
// Kafka       ZooKeeper's ZooKeeperMain and cli/*Command (3.8).
#pragma once

#include <expected>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace barnabas::tools {

// What a command says when it cannot do what it was told, and the exit code it leaves behind.
struct ShellError {
  std::string text;
  int code = 1;
};
inline constexpr int kUnknownCommand = 127;

struct ShellCommand {
  std::string name;
  std::set<char> flags;
  std::optional<int> version;      // -v
  std::vector<std::string> words;  // path first, where there is one
};

// Words are parted by blanks; one that begins with a quote ends with it.
std::vector<std::string> split_line(std::string_view line);

// Checks options, the number of words and the path. The text is ready to print: for a command that
// is not known, all there are.
std::expected<ShellCommand, ShellError> parse_command(std::vector<std::string> words);

std::string shell_usage();
// "Path must start with / character"; nothing: it is fine.
std::optional<std::string> wrong_path(std::string_view path);

}  // namespace barnabas::tools
