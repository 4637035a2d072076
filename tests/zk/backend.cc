#include "tests/zk/backend.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <optional>
#include <stdexcept>

#include "env/posix/posix_clock.h"
#include "tests/support/virtual_loop.h"
#include "tests/support/zookeeper_server.h"
#include "zk/model/connector.h"
#include "zk/native/connector.h"

namespace barnabas::zk {
namespace {

using namespace std::chrono_literals;

class ModelBackend : public Backend {
 public:
  Connector& connector() override { return connector_; }
  std::string hosts() const override { return "model:2181"; }
  env::Executor executor() override { return loop_.executor(); }
  env::Clock& clock() override { return loop_.clock; }
  bool until(std::function<bool()> done) override {
    const env::Instant limit = loop_.clock.now() + 30s;
    do {
      loop_.poll();
    } while (!done() && loop_.clock.advance(limit));
    return done();
  }
  void expire(Session& session) override { server_.expire(session.id()); }
  void bounce() override {
    server_.set_available(false);
    server_.set_available(true);
  }

 private:
  testing::VirtualLoop loop_;
  testing::SeededRandom random_{7};
  model::ModelServer server_{loop_.executor(), loop_.clock, random_};
  model::ModelConnector connector_{server_, loop_.clock};
};

// One server for all tests of the program.
testing::ZookeeperServer& server() {
  static testing::ZookeeperServer running;
  static const auto started = running.start();
  if (!started) throw std::runtime_error(started.error());
  return running;
}

class ServerBackend : public Backend {
 public:
  ServerBackend() : hosts_(server().connect()) {}
  Connector& connector() override { return connector_; }
  std::string hosts() const override { return hosts_; }
  env::Executor executor() override { return context_.get_executor(); }
  env::Clock& clock() override { return clock_; }
  bool until(std::function<bool()> done) override {
    const env::Instant limit = clock_.now() + 30s;
    while (!done() && clock_.now() < limit) {
      context_.restart();
      context_.run_one_for(100ms);
    }
    return done();
  }
  // As an operator would: takes the session over with its id and password, and closes it. The
  // robbed client may be back before the thief has closed it; then again.
  void expire(Session& session) override {
    const auto mine = dynamic_cast<native::NativeSession&>(session).credentials();
    do {
      auto thief = connector_.open_native({hosts_, 10s, 10}, executor(), {}, mine);
      ASSERT_TRUE(until([&] { return thief->state() != State::kConnecting; }));
      thief.reset();
    } while (answers(session));
  }
  bool answers(Session& session) {
    std::optional<Outcome> outcome;
    const auto unknown = [&] {
      return !outcome || (!*outcome && outcome->error().error == Error::kConnectionLoss);
    };
    while (unknown()) {
      outcome.reset();
      session.submit(Exists{"/"}, [&](Outcome o) { outcome = std::move(o); });
      if (!until([&] { return outcome.has_value(); })) return false;
    }
    return outcome->has_value();
  }
  void bounce() override {
    server().kill();
    const auto started = server().start();
    ASSERT_TRUE(started.has_value()) << started.error();
  }

 private:
  std::string hosts_;
  boost::asio::io_context context_{1};
  env::PosixClock clock_;
  native::NativeConnector connector_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(BackendKind kind) {
  if (kind == BackendKind::kModel) return std::make_unique<ModelBackend>();
  return std::make_unique<ServerBackend>();
}

}  // namespace barnabas::zk
