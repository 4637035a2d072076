#include "tests/support/zookeeper_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace barnabas::testing {
namespace {

constexpr std::uint16_t kFirstPort =
    20000;  // below the range the kernel gives to outgoing connections
constexpr std::uint16_t kPorts = 12000;
constexpr int kAttempts = 600;
constexpr int kAttemptMs = 50;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool is_free(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_in address = loopback(port);
  const bool bound =
      ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return bound;
}

// Starts at a place of its own for each process, so that programs side by side seldom meet.
std::uint16_t free_port() {
  static unsigned next = static_cast<unsigned>(::getpid()) * 37u;
  while (true) {
    const auto port = static_cast<std::uint16_t>(kFirstPort + next++ % kPorts);
    if (is_free(port)) return port;
  }
}

// ZooKeeper's four-letter word `srvr`; it names a mode once it serves.
bool serves(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = 1,
                         .tv_usec = 0};  // while it starts it may accept and say nothing
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const sockaddr_in address = loopback(port);
  std::string answer;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::write(socket, "srvr", 4) == 4) {
    char part[512];
    for (ssize_t n; (n = ::read(socket, part, sizeof part)) > 0;) {
      answer.append(part, static_cast<std::size_t>(n));
    }
  }
  ::close(socket);
  return answer.find("Mode:") != std::string::npos;
}

[[noreturn]] void become(const std::string& directory, std::uint16_t port) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // never outlives the test
  const int null = ::open("/dev/null", O_RDWR);
  const int log = ::open((directory + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(null, 0);
  ::dup2(log, 1);
  ::dup2(log, 2);
  const std::string port_text = std::to_string(port);
  const char* script = SOURCE_ROOT "/tools/zookeeper-local";
  ::execl(script, script, "run", directory.c_str(), port_text.c_str(), nullptr);
  ::_exit(127);
}

}  // namespace

ZookeeperServer::~ZookeeperServer() {
  kill();
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

std::expected<void, std::string> ZookeeperServer::start() {
  if (directory_.empty()) {
    std::string pattern = std::filesystem::temp_directory_path() / "barnabas-zk-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) return std::unexpected("no temporary directory");
    directory_ = pattern;
    port_ = free_port();
  }
  pid_ = ::fork();
  if (pid_ == 0) become(directory_, port_);
  return wait_until_it_serves();
}

std::expected<void, std::string> ZookeeperServer::wait_until_it_serves() {
  for (int i = 0; i < kAttempts; ++i) {
    if (serves(port_)) return {};
    if (has_exited()) return std::unexpected("ZooKeeper did not start: " + last_words());
    ::poll(nullptr, 0, kAttemptMs);
  }
  return std::unexpected("ZooKeeper does not serve: " + last_words());
}

bool ZookeeperServer::has_exited() {
  if (::waitpid(pid_, nullptr, WNOHANG) != pid_) return false;
  pid_ = -1;
  return true;
}

std::string ZookeeperServer::last_words() const {
  std::ifstream log(directory_ + "/log");
  std::stringstream text;
  text << log.rdbuf();
  return text.str();
}

void ZookeeperServer::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(std::exchange(pid_, -1), nullptr, 0);
}

void ZookeeperServer::pause() {
  if (pid_ > 0) ::kill(pid_, SIGSTOP);
}

void ZookeeperServer::resume() {
  if (pid_ > 0) ::kill(pid_, SIGCONT);
}

}  // namespace barnabas::testing
