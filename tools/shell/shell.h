// zookeeper-shell at work: carries out one line after the other on a session of its own.
//
// Owns        the ZooKeeper client, made when a command first needs it.
// Does not    read lines: who has them calls run().
// Threading   everything on the executor of its ports.
// Bounds      kPatience for a connection; then the command fails and the next one tries again.
// Kafka       ZooKeeper's ZooKeeperMain. Differs: quotas, reconfig, setAcl, TTL and container nodes
//             are not there; a lost connection is waited for until the session expires.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "env/clock.h"
#include "env/spawn.h"
#include "tools/console.h"
#include "tools/shell/shell_line.h"
#include "zk/client.h"

namespace barnabas::tools {

struct ShellPorts {
  zk::Connector& connector;
  env::Clock& clock;
  env::Executor executor;
};

class Shell {
 public:
  static constexpr env::Duration kPatience = std::chrono::seconds(10);

  Shell(ShellPorts ports, zk::SessionConfig config, Console console);

  // What is typed before the first answer comes waits for it; false: there is no connection.
  env::Task<bool> connect();
  env::Task<void> run(std::vector<std::string> words);
  env::Task<void> stop();  // says nothing; before the end of the shell

  void remember(std::string line) { history_.push_back(std::move(line)); }
  bool has_quit() const { return quit_; }
  int exit_code() const { return exit_code_; }  // of the last command

 private:
  using Done = std::expected<void, ShellError>;

  env::Task<Done> perform(ShellCommand command);
  env::Task<Done> perform_on_nodes(ShellCommand command);
  env::Task<Done> list(ShellCommand command);
  env::Task<Done> list_below(std::string path);
  env::Task<Done> get(ShellCommand command);
  env::Task<Done> show_status(ShellCommand command);
  env::Task<Done> create(ShellCommand command);
  env::Task<Done> set(ShellCommand command);
  env::Task<Done> remove(ShellCommand command);
  env::Task<Done> remove_all(ShellCommand command);
  env::Task<Done> get_acl(ShellCommand command);
  env::Task<Done> sync(ShellCommand command);
  env::Task<Done> reconnect(ShellCommand command);
  env::Task<Done> end_session();
  env::Task<std::expected<zk::Reply, ShellError>> ask(zk::Request request, std::string path);

  env::Task<void> close();  // and says so
  void tell_of(const std::string& path);
  void show_history();

  ShellPorts ports_;
  zk::SessionConfig config_;
  Console console_;
  std::unique_ptr<zk::Client> client_;
  bool closed_ = false;  // by the command of that name
  bool quit_ = false;
  int exit_code_ = kOk;
  std::vector<std::string> history_;
};

}  // namespace barnabas::tools
