#include "tools/cluster_access.h"

#include <iostream>

#include "env/log.h"
#include "env/posix/posix_clock.h"
#include "env/posix/posix_network.h"
#include "env/posix/posix_random.h"
#include "env/posix/runtime.h"
#include "tools/broker_topic_service.h"
#include "tools/zookeeper_topic_service.h"
#include "zk/native/connector.h"

namespace barnabas::tools {
namespace {

// Runs one coroutine to its end on a loop of its own.
void run_alone(env::Runtime& runtime, env::Task<void> task) {
  log_to_stderr();
  env::ignore_sigpipe();
  runtime.start();
  runtime.block_on(std::move(task));
  runtime.stop();
}

env::Task<void> use_client(Ports ports, std::vector<env::Address> bootstrap, ClientUse use,
                           int* code) {
  AdminClient client(ports, std::move(bootstrap));
  *code = co_await use(&client);
}

env::Task<int> use_brokers(AdminClient* client, TopicServices::Use use) {
  BrokerTopicService service(*client);
  const int code = co_await use(&service);
  co_return code;
}

env::Task<void> use_zookeeper(zk::Client* client, TopicServices::Use use, int* code,
                              std::string* error) {
  const env::Duration patience = ClusterAccess::kZooKeeperTimeout;
  const auto started = co_await client->start(patience);
  if (started) {
    env::PosixRandom random;
    ZooKeeperTopicService service(*client, [&random] { return random.next(); });
    *code = co_await use(&service);
  } else {
    *error = "Timed out waiting for connection while in state: CONNECTING";
  }
  co_await client->stop();
}

}  // namespace

void log_to_stderr() {
  env::set_log_level("root", env::LogLevel::kWarn);
  env::set_log_sink([](env::LogLevel level, std::string_view, std::string_view message) {
    std::cerr << env::to_string(level) << ' ' << message << '\n';
  });
}

std::expected<int, std::string> with_admin_client(std::string_view bootstrap, ClientUse use) {
  auto addresses = parse_bootstrap(bootstrap);
  if (!addresses) {
    return std::unexpected("Failed to create new KafkaAdminClient\n" + addresses.error());
  }
  env::PosixClock clock;
  env::PosixNetwork network(clock);
  env::Runtime runtime(1);
  int code = kFailed;
  const Ports ports{network, clock, runtime.executor(0)};
  run_alone(runtime, use_client(ports, std::move(*addresses), std::move(use), &code));
  return code;
}

std::expected<int, std::string> ClusterAccess::with_brokers(std::string bootstrap,
                                                            AdminConfig config, Use use) {
  return with_admin_client(bootstrap, [&](AdminClient* client) {
    client->obey(config);
    return use_brokers(client, use);
  });
}

std::expected<int, std::string> ClusterAccess::with_zookeeper(std::string connect, Use use) {
  env::PosixClock clock;
  zk::native::NativeConnector connector;
  env::Runtime runtime(1);
  zk::Client client(connector, {std::move(connect), kZooKeeperTimeout}, clock, runtime.executor(0));
  int code = kFailed;
  std::string error;
  run_alone(runtime, use_zookeeper(&client, std::move(use), &code, &error));
  if (!error.empty()) return std::unexpected(error);
  return code;
}

}  // namespace barnabas::tools
