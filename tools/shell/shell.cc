#include "tools/shell/shell.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "tools/shell/znode_text.h"

namespace barnabas::tools {
namespace {

constexpr std::size_t kShownHistory = 11;

// How a watch was asked for before there was -w; of words beyond a path there is no other use.
void warn_of_old_watch(const ShellCommand& command, std::string_view options, Console console) {
  if (command.words.size() < 2) return;
  console.err << fmt::format(
      "'{0} path [watch]' has been deprecated. Please use '{0} {1} path' "
      "instead.\n",
      command.name, options);
}

bool asks_for_watch(const ShellCommand& command) {
  return command.flags.contains('w') || command.words.size() > 1;
}

std::string child_of(const std::string& path, const std::string& name) {
  return path == "/" ? path + name : path + "/" + name;
}

zk::CreateMode mode_of(const ShellCommand& command) {
  const bool ephemeral = command.flags.contains('e');
  if (command.flags.contains('s')) {
    return ephemeral ? zk::CreateMode::kEphemeralSequential : zk::CreateMode::kPersistentSequential;
  }
  return ephemeral ? zk::CreateMode::kEphemeral : zk::CreateMode::kPersistent;
}

}  // namespace

Shell::Shell(ShellPorts ports, zk::SessionConfig config, Console console)
    : ports_(std::move(ports)), config_(std::move(config)), console_(console) {}

env::Task<bool> Shell::connect() {
  if (client_ != nullptr) co_return true;
  client_ = std::make_unique<zk::Client>(ports_.connector, config_, ports_.clock, ports_.executor);
  const auto patience = std::min(kPatience, config_.timeout);
  const auto started = co_await client_->start(patience);
  if (started) {
    console_.out << show_state_event("SyncConnected") << std::flush;
    co_return true;
  }
  co_await stop();
  co_return false;
}

env::Task<void> Shell::stop() {
  if (client_ == nullptr) co_return;
  co_await client_->stop();
  client_.reset();
}

env::Task<void> Shell::close() {
  co_await stop();
  console_.out << show_state_event("Closed");
}

env::Task<void> Shell::run(std::vector<std::string> words) {
  const auto command = parse_command(std::move(words));
  Done done;
  if (command) {
    done = co_await perform(*command);
  } else {
    done = std::unexpected(command.error());
  }
  if (!done) console_.err << done.error().text << '\n';
  if (!quit_) exit_code_ = done ? kOk : done.error().code;
  console_.out << std::flush;
}

env::Task<Shell::Done> Shell::perform(ShellCommand command) {
  if (command.name == "quit") {
    co_await close();
    quit_ = true;
    co_return Done{};
  }
  if (command.name == "history") {
    show_history();
    co_return Done{};
  }
  if (command.name == "connect") {
    const auto done = co_await reconnect(command);
    co_return done;
  }
  if (closed_) {
    console_.out << "Not connected\n";
    co_return Done{};
  }
  const bool connected = co_await connect();
  if (!connected) {
    const auto path = command.words.empty() ? "/" : command.words.front();
    co_return std::unexpected(ShellError{show_error(zk::Error::kConnectionLoss, path)});
  }
  const auto done = co_await perform_on_nodes(command);
  co_return done;
}

env::Task<Shell::Done> Shell::perform_on_nodes(ShellCommand command) {
  if (command.name == "ls") return list(std::move(command));
  if (command.name == "get") return get(std::move(command));
  if (command.name == "stat") return show_status(std::move(command));
  if (command.name == "create") return create(std::move(command));
  if (command.name == "set") return set(std::move(command));
  if (command.name == "delete") return remove(std::move(command));
  if (command.name == "deleteall") return remove_all(std::move(command));
  if (command.name == "getAcl") return get_acl(std::move(command));
  if (command.name == "sync") return sync(std::move(command));
  return end_session();
}

env::Task<Shell::Done> Shell::end_session() {
  co_await close();
  closed_ = true;
  co_return Done{};
}

env::Task<Shell::Done> Shell::reconnect(ShellCommand command) {
  if (client_ != nullptr) co_await close();
  closed_ = false;
  if (!command.words.empty()) config_.connect = command.words.front();
  co_await connect();  // a failure shows with the next command
  co_return Done{};
}

env::Task<std::expected<zk::Reply, ShellError>> Shell::ask(zk::Request request, std::string path) {
  auto outcome = co_await client_->submit_one(std::move(request));
  if (outcome) co_return std::move(*outcome);
  co_return std::unexpected(ShellError{show_error(outcome.error().error, path)});
}

void Shell::tell_of(const std::string& path) {
  client_->watch_path(path, {[this](const zk::WatchEvent& event) {
                        console_.out << show_event(event) << std::flush;
                      }});
}

env::Task<Shell::Done> Shell::list(ShellCommand command) {
  const auto& path = command.words.front();
  if (command.flags.contains('R')) {
    const auto listed = co_await list_below(path);
    co_return listed;
  }
  warn_of_old_watch(command, "[-w]", console_);
  const bool watch = asks_for_watch(command);
  if (watch) tell_of(path);
  zk::Request request = zk::GetChildren{path, watch};
  auto reply = co_await ask(std::move(request), path);
  if (!reply) co_return std::unexpected(reply.error());
  std::ranges::sort(reply->children);
  console_.out << fmt::format("[{}]\n", fmt::join(reply->children, ", "));
  if (command.flags.contains('s')) console_.out << show_stat(reply->stat);
  co_return Done{};
}

env::Task<Shell::Done> Shell::list_below(std::string path) {
  std::vector<std::string> to_visit{path};
  while (!to_visit.empty()) {
    const auto next = std::move(to_visit.back());
    to_visit.pop_back();
    zk::Request request = zk::GetChildren{next};
    auto reply = co_await ask(std::move(request), next);
    if (!reply) co_return std::unexpected(reply.error());
    console_.out << next << '\n';
    std::ranges::sort(reply->children, std::ranges::greater());
    for (const auto& name : reply->children) to_visit.push_back(child_of(next, name));
  }
  co_return Done{};
}

env::Task<Shell::Done> Shell::get(ShellCommand command) {
  const auto& path = command.words.front();
  warn_of_old_watch(command, "[-s] [-w]", console_);
  const bool watch = asks_for_watch(command);
  if (watch) tell_of(path);
  zk::Request request = zk::GetData{path, watch};
  const auto reply = co_await ask(std::move(request), path);
  if (!reply) co_return std::unexpected(reply.error());
  console_.out << reply->data.value_or("null") << '\n';
  if (command.flags.contains('s')) console_.out << show_stat(reply->stat);
  co_return Done{};
}

env::Task<Shell::Done> Shell::show_status(ShellCommand command) {
  const auto& path = command.words.front();
  warn_of_old_watch(command, "[-w]", console_);
  const bool watch = asks_for_watch(command);
  if (watch) tell_of(path);
  zk::Request request = zk::Exists{path, watch};
  const auto reply = co_await ask(std::move(request), path);
  if (!reply) co_return std::unexpected(reply.error());
  console_.out << show_stat(reply->stat);
  co_return Done{};
}

env::Task<Shell::Done> Shell::create(ShellCommand command) {
  const auto& path = command.words.front();
  zk::Create made{path, std::nullopt, mode_of(command)};
  if (command.words.size() > 1) made.data = command.words[1];
  zk::Request request = std::move(made);
  const auto reply = co_await ask(std::move(request), path);
  if (!reply) co_return std::unexpected(reply.error());
  console_.err << "Created " << reply->path << '\n';
  co_return Done{};
}

env::Task<Shell::Done> Shell::set(ShellCommand command) {
  const auto& path = command.words.front();
  zk::Request request =
      zk::SetData{path, command.words[1], command.version.value_or(zk::kAnyVersion)};
  const auto reply = co_await ask(std::move(request), path);
  if (!reply) co_return std::unexpected(reply.error());
  if (command.flags.contains('s')) console_.out << show_stat(reply->stat);
  co_return Done{};
}

env::Task<Shell::Done> Shell::remove(ShellCommand command) {
  const auto& path = command.words.front();
  zk::Request request = zk::Delete{path, command.version.value_or(zk::kAnyVersion)};
  const auto reply = co_await ask(std::move(request), path);
  if (!reply) co_return std::unexpected(reply.error());
  co_return Done{};
}

env::Task<Shell::Done> Shell::remove_all(ShellCommand command) {
  const auto& path = command.words.front();
  zk::Request request = zk::Exists{path};
  const auto there = co_await ask(std::move(request), path);
  if (!there) co_return std::unexpected(there.error());
  const auto removed = co_await client_->delete_recursive(path);
  if (!removed) co_return std::unexpected(ShellError{show_error(removed.error(), path)});
  co_return Done{};
}

env::Task<Shell::Done> Shell::get_acl(ShellCommand command) {
  const auto& path = command.words.front();
  zk::Request request = zk::GetAcl{path};
  const auto reply = co_await ask(std::move(request), path);
  if (!reply) co_return std::unexpected(reply.error());
  console_.out << show_acl(reply->acl);
  if (command.flags.contains('s')) console_.out << show_stat(reply->stat);
  co_return Done{};
}

env::Task<Shell::Done> Shell::sync(ShellCommand command) {
  const auto& path = command.words.front();
  zk::Request request = zk::Sync{path};
  const auto reply = co_await ask(std::move(request), path);
  if (!reply) co_return std::unexpected(reply.error());
  console_.out << "Sync is OK\n";
  co_return Done{};
}

void Shell::show_history() {
  const auto count = history_.size();
  for (std::size_t i = count - std::min(count, kShownHistory); i < count; ++i) {
    console_.out << fmt::format("{} - {}\n", i, history_[i]);
  }
}

}  // namespace barnabas::tools
