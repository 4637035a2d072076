#include "tools/shell/zookeeper_shell.h"

#include <charconv>

namespace barnabas::tools {
namespace {

void read_timeout(ShellStart& start, const std::string& text) {
  int ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (error == std::errc() && ms > 0) start.timeout = std::chrono::milliseconds(ms);
}

void read_lines(std::istream& in, Shell& shell, const RunTask& run) {
  for (std::string line; !shell.has_quit() && std::getline(in, line);) {
    auto words = split_line(line);
    if (words.empty()) continue;
    shell.remember(line);
    run(shell.run(std::move(words)));
  }
}

env::Task<void> try_to_connect(Shell* shell) {
  co_await shell->connect();  // a failure shows with the first command
}

}  // namespace

std::optional<ShellStart> parse_shell_start(std::span<const std::string> words) {
  ShellStart start;
  std::size_t i = 0;
  if (!words.empty() && !words.front().starts_with('-')) start.server = words[i++];
  for (; i < words.size() && words[i].starts_with('-'); ++i) {
    if (words[i] == "-r" || words[i] == "-waitforconnection") continue;
    if (i + 1 == words.size()) break;
    if (words[i] == "-server") start.server = words[i + 1];
    if (words[i] == "-timeout") read_timeout(start, words[i + 1]);
    ++i;
  }
  if (start.server.empty()) return std::nullopt;
  if (i < words.size()) start.command.assign(words.begin() + static_cast<int>(i), words.end());
  return start;
}

int run_zookeeper_shell(std::span<const std::string> words, std::istream& in, ShellPorts ports,
                        const RunTask& run, Console console) {
  const auto start = parse_shell_start(words);
  if (!start) {
    console.out << "USAGE: zookeeper-shell zookeeper_host:port[/path] [args...]\n";
    return kFailed;
  }
  console.out << "Connecting to " << start->server << '\n';
  Shell shell(std::move(ports), {start->server, start->timeout}, console);
  if (start->command.empty()) {
    console.out << "Welcome to ZooKeeper!\nJLine support is disabled\n" << std::flush;
    run(try_to_connect(&shell));
    read_lines(in, shell, run);
  } else {
    run(shell.run(start->command));
  }
  run(shell.stop());
  return shell.exit_code();
}

}  // namespace barnabas::tools
