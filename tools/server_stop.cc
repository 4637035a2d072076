#include "tools/server_stop.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

namespace barnabas::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kServer = "kafka-server-start";

constexpr std::array<std::pair<std::string_view, int>, 6> kSignals{{{"TERM", SIGTERM},
                                                                    {"INT", SIGINT},
                                                                    {"KILL", SIGKILL},
                                                                    {"HUP", SIGHUP},
                                                                    {"QUIT", SIGQUIT},
                                                                    {"USR1", SIGUSR1}}};

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int> signal_of(std::string_view name) {
  if (name.starts_with("SIG")) name.remove_prefix(3);
  for (const auto& [known, signal] : kSignals) {
    if (known == name) return signal;
  }
  return number(name);
}

bool runs_server(const fs::path& process) {
  std::error_code error;
  const auto program = fs::read_symlink(process / "exe", error).filename().string();
  // After an upgrade the running program's file may be gone: "kafka-server-start (deleted)".
  return !error && (program == kServer || program == std::string(kServer) + " (deleted)");
}

}  // namespace

std::vector<int> find_servers(const std::string& proc) {
  std::vector<int> pids;
  std::error_code error;
  for (fs::directory_iterator it(proc, error), end; !error && it != end; it.increment(error)) {
    const auto pid = number(it->path().filename().string());
    if (pid && runs_server(it->path())) pids.push_back(*pid);
  }
  std::ranges::sort(pids);
  return pids;
}

int run_server_stop(const std::string& proc, const std::string& signal,
                    const std::function<bool(int pid, int signal)>& send, Console console) {
  const auto chosen = signal_of(signal);
  if (!chosen) {
    console.err << signal << " is not a signal\n";
    return kFailed;
  }
  const auto pids = find_servers(proc);
  if (pids.empty()) {
    console.out << "No kafka server to stop\n";
    return kFailed;
  }
  bool all = true;
  for (const int pid : pids) {
    if (send(pid, *chosen)) continue;
    console.err << "Process " << pid << " cannot be signalled\n";
    all = false;
  }
  return all ? kOk : kFailed;
}

}  // namespace barnabas::tools
