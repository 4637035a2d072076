// A whole broker: its rooms put together, started and stopped in Kafka's order.
//
// Owns        every room of the broker, the periodic jobs, the ZooKeeper client.
// Does not    create threads, sockets or files itself: all that is nondeterministic comes in
//             through Ports, so several Brokers run in one process under the simulator.
// Threading   start() and stop() on ports.executor, which is also the controller's and ZooKeeper's.
// Kafka       server/KafkaServer (startup, shutdown). Differs: loops serve as both network and
//             request threads; num.network.threads and num.io.threads are read and have no effect.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/config/config.h"
#include "broker/frontend.h"
#include "broker/membership.h"
#include "env/clock.h"
#include "env/disk.h"
#include "env/files.h"
#include "env/network.h"
#include "env/random.h"
#include "env/space.h"
#include "env/task.h"
#include "zk/session.h"

namespace barnabas::broker {

namespace api {
class Dispatcher;
}

struct Ports {
  env::Clock& clock;
  env::Files& files;
  env::SpaceGauge& space;
  env::Network& network;
  env::Disk& disk;
  env::Random& random;
  zk::Connector& zookeeper;
  env::Executor executor;
  std::vector<env::Executor> loops;  // where connections are served; at least one
  env::Executor catch_up;            // where nothing is served, and a slow disk may be waited for
  // Makes what requests come in by, once there is somebody to answer them.
  std::function<std::unique_ptr<Frontend>(api::Dispatcher&)> make_frontend;
};

class Broker {
 public:
  Broker(config::Config config, Ports ports);
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  // Returns when the broker serves, or with the sentence that ends the start (then call stop()).
  env::Task<Startup<void>> start();
  // Wakes a start() that waits for ZooKeeper or for its registration: it returns an error after the
  // step it is in. Without effect once it has returned.
  void abandon_start();
  // Ends everything in Kafka's order; the session, and with it the registration, last.
  env::Task<void> stop();

  BrokerId id() const;
  // Called once if the broker cannot go on (every log directory failed).
  void on_fatal(std::function<void(std::string)> told);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace barnabas::broker
