// kafka-server-start FILE [--override key=value]...
//
// Exit code 0 after help, 1 when the configuration or the start fails, 143 after SIGTERM as the
// real one's.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "broker/broker.h"
#include "broker/config/config.h"
#include "broker/net/socket_frontend.h"
#include "env/log.h"
#include "env/posix/posix_clock.h"
#include "env/posix/posix_disk.h"
#include "env/posix/posix_files.h"
#include "env/posix/posix_network.h"
#include "env/posix/posix_random.h"
#include "env/posix/runtime.h"
#include "env/spawn.h"
#include "zk/native/connector.h"

namespace barnabas::broker {
namespace {

constexpr auto kMainLogger = "kafka.Kafka$";
constexpr int kFailed = 1;
constexpr int kAfterSigterm = 143;
constexpr std::size_t kDiskThreads = 8;  // they wait for the disk most of the time
constexpr int kCatchUpNice = 5;          // who produces and consumes goes first

struct Arguments {
  std::string file;
  std::vector<std::string> overrides;
};

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string text = argv[i];
    if (text == "--override" && i + 1 < argc) {
      arguments.overrides.emplace_back(argv[++i]);
    } else if (!text.starts_with("-") && arguments.file.empty()) {
      arguments.file = text;
    } else {
      return std::nullopt;
    }
  }
  if (arguments.file.empty()) return std::nullopt;
  return arguments;
}

std::expected<config::Config, std::string> read_config(env::Files& files,
                                                       const Arguments& arguments) {
  const auto text = env::read_file(files, arguments.file);
  if (!text) return std::unexpected(arguments.file + ": " + text.error().message());
  auto properties = config::parse_properties(*text);
  if (!properties) return std::unexpected(arguments.file + ": " + properties.error());
  for (const auto& one : arguments.overrides) {
    const auto applied = config::apply_override(*properties, one);
    if (!applied) return std::unexpected(applied.error());
  }
  auto config = config::Config::from(*std::move(properties));
  if (!config) return std::unexpected(config.error().text);
  return *std::move(config);
}

// Everything a real process has; members die in the right order.
class Process {
 public:
  Process(config::Config config, net::ServerConfig server)
      : disk_(kDiskThreads),
        network_(clock_),
        runtime_(1 + static_cast<std::size_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)))),
        catch_up_(1, {.name = "catch-up", .nice = kCatchUpNice}),
        broker_(std::move(config), ports(std::move(server))) {}

  int run() {
    runtime_.start();
    catch_up_.start();
    env::SignalHandler signals(runtime_.executor(0), {SIGTERM, SIGINT}, [this](int number) {
      env::log_info("org.apache.kafka.common.utils.LoggingSignalHandler",
                    "Terminating process due to signal {}",
                    number == SIGTERM ? "SIGTERM" : "SIGINT");
      exit_code_ = number == SIGTERM ? kAfterSigterm : 130;
      ended_.set();
      broker_.abandon_start();
    });
    runtime_.block_on(live());
    catch_up_.stop();
    runtime_.stop();
    return exit_code_;
  }

 private:
  Ports ports(net::ServerConfig server) {
    return {.clock = clock_,
            .files = files_,
            .space = files_,
            .network = network_,
            .disk = disk_,
            .random = random_,
            .zookeeper = zookeeper_,
            .executor = runtime_.executor(0),
            .loops = loops(),
            .catch_up = catch_up_.executor(0),
            .make_frontend = [this, server](api::Dispatcher& dispatcher) {
              return std::make_unique<net::SocketFrontend>(runtime_, dispatcher, clock_, disk_,
                                                           server);
            }};
  }

  // All but the first, which is the controller's and ZooKeeper's.
  std::vector<env::Executor> loops() {
    std::vector<env::Executor> executors;
    for (std::size_t n = 1; n < runtime_.size(); ++n) executors.push_back(runtime_.executor(n));
    return executors;
  }

  env::Task<void> live() {
    broker_.on_fatal([this](std::string why) {
      env::log_error("kafka.server.KafkaServer", "{}", why);
      exit_code_ = kFailed;
      ended_.set();
    });
    const auto started = co_await broker_.start();
    if (started) {
      co_await ended_.wait();
    } else {
      env::log_error("kafka.server.KafkaServer",
                     "Fatal error during KafkaServer startup. Prepare to shutdown: {}",
                     started.error());
      exit_code_ = kFailed;
    }
    co_await broker_.stop();
    if (!started) {
      env::log_error(kMainLogger, "Exiting Kafka due to fatal exception during startup.");
    }
  }

  env::PosixClock clock_;
  env::PosixFiles files_;
  env::PosixDisk disk_;
  env::PosixRandom random_;
  env::PosixNetwork network_;
  zk::native::NativeConnector zookeeper_;
  env::Runtime runtime_;
  env::Runtime catch_up_;
  Broker broker_;
  env::Signal ended_;
  int exit_code_ = 0;
};

int start(const Arguments& arguments) {
  env::PosixFiles files;
  auto config = read_config(files, arguments);
  if (!config) {
    env::log_error(kMainLogger, "Exiting Kafka due to fatal exception: {}", config.error());
    return kFailed;
  }
  for (const auto& unknown : config->unknown_keys()) {
    env::log_warn("kafka.server.KafkaConfig", "Unknown configuration key: {}", unknown);
  }
  auto server = net::server_config(*config);
  if (!server) {
    env::log_error(kMainLogger, "Exiting Kafka due to fatal exception: {}", server.error());
    return kFailed;
  }
  env::ignore_sigpipe();
  env::raise_open_file_limit();
  Process process(*std::move(config), *std::move(server));
  return process.run();
}

}  // namespace
}  // namespace barnabas::broker

int main(int argc, char** argv) {
  // Many threads, little memory each: two malloc arenas are enough.
  mallopt(M_ARENA_MAX, 2);
  const auto arguments = barnabas::broker::parse(argc, argv);
  if (!arguments) {
    std::puts("USAGE: kafka-server-start server.properties [--override property=value]*");
    return 1;
  }
  return barnabas::broker::start(*arguments);
}
