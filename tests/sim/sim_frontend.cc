#include "tests/sim/sim_frontend.h"

#include <fmt/core.h>

#include <map>
#include <utility>

#include "broker/api/dispatcher.h"
#include "env/spawn.h"

namespace barnabas::simtest {
namespace {

using broker::api::Answer;
using env::Frame;
using env::Task;

// The answer's bytes with its file slices in their places; nothing if a slice cannot be read.
std::optional<Frame> flatten(protocol::Encoded encoded) {
  if (encoded.splices.empty()) return std::move(encoded.bytes);
  Frame all;
  all.reserve(encoded.size);
  std::size_t done = 0;
  for (const protocol::Splice& splice : encoded.splices) {
    all.insert(all.end(), encoded.bytes.begin() + static_cast<std::ptrdiff_t>(done),
               encoded.bytes.begin() + static_cast<std::ptrdiff_t>(splice.position));
    done = splice.position;
    const std::size_t start = all.size();
    all.resize(start + splice.slice.length);
    const auto read = splice.slice.file->read_at(splice.slice.position,
                                                 {all.data() + start, splice.slice.length});
    if (!read || *read != splice.slice.length) return std::nullopt;
  }
  all.insert(all.end(), encoded.bytes.begin() + static_cast<std::ptrdiff_t>(done),
             encoded.bytes.end());
  return all;
}

// Shared by the listener's coroutines, which may outlast the Frontend.
class Serving {
 public:
  Serving(env::sim::Node& node, broker::api::Dispatcher& dispatcher)
      : node_(node), dispatcher_(dispatcher) {}

  Task<std::optional<Frame>> answer(env::sim::Incoming incoming);
  Task<void> stop();

 private:
  std::shared_ptr<broker::api::ConnectionContext> context(const env::sim::Incoming& incoming);
  Task<std::optional<Frame>> finish(broker::api::Reply reply);
  void leave();

  env::sim::Node& node_;
  broker::api::Dispatcher& dispatcher_;
  std::map<std::uint64_t, std::shared_ptr<broker::api::ConnectionContext>> contexts_;
  bool stopping_ = false;
  int inside_ = 0;
  env::Signal empty_;
};

std::shared_ptr<broker::api::ConnectionContext> Serving::context(
    const env::sim::Incoming& incoming) {
  auto& known = contexts_[incoming.connection];
  if (!known) {
    known = std::make_shared<broker::api::ConnectionContext>();
    known->listener = "PLAINTEXT";
    known->privileged = true;
    known->peer = fmt::format("{}#{}", incoming.from, incoming.connection);
    known->peer_host = incoming.from;
    known->executor = node_.executor();
  }
  return known;
}

void Serving::leave() {
  --inside_;
  if (stopping_ && inside_ == 0) empty_.set();
}

Task<std::optional<Frame>> Serving::answer(env::sim::Incoming incoming) {
  if (stopping_) co_return std::nullopt;
  ++inside_;
  const env::MutableBytes frame(incoming.frame);
  auto batch = dispatcher_.dispatch(context(incoming), {&frame, 1});
  auto reply = std::move(batch.replies.front());
  auto answered = co_await finish(std::move(reply));
  leave();
  if (stopping_) co_return std::nullopt;
  co_return answered;
}

Task<std::optional<Frame>> Serving::finish(broker::api::Reply reply) {
  if (auto* now = std::get_if<broker::api::Encoded>(&reply)) co_return flatten(std::move(*now));
  Answer answer;
  if (auto* later = std::get_if<broker::api::Later>(&reply)) {
    answer = co_await std::move(later->answer);
  } else if (auto* overlapping = std::get_if<broker::api::Overlapping>(&reply)) {
    answer = co_await std::move(overlapping->answer);
  }
  if (!answer) co_return std::nullopt;
  co_return flatten(*std::move(answer));
}

Task<void> Serving::stop() {
  stopping_ = true;
  if (inside_ > 0) co_await empty_.wait();
}

class SimFrontend : public broker::Frontend {
 public:
  SimFrontend(env::sim::Node& node, std::uint16_t port, broker::api::Dispatcher& dispatcher)
      : node_(node), port_(port), serving_(std::make_shared<Serving>(node, dispatcher)) {}

  std::expected<std::vector<std::uint16_t>, std::string> bind() override {
    return std::vector<std::uint16_t>{port_};
  }
  std::expected<void, std::string> listen() override { return {}; }
  void start() override {
    node_.network().listen(port_, [serving = serving_](env::sim::Incoming incoming) {
      return run(serving, std::move(incoming));
    });
  }
  Task<void> stop() override {
    node_.network().stop_listening(port_);
    const auto serving = serving_;
    co_await serving->stop();
  }

 private:
  static Task<std::optional<Frame>> run(std::shared_ptr<Serving> serving,
                                        env::sim::Incoming incoming) {
    auto answered = co_await serving->answer(std::move(incoming));
    co_return answered;
  }

  env::sim::Node& node_;
  std::uint16_t port_;
  std::shared_ptr<Serving> serving_;
};

}  // namespace

std::unique_ptr<broker::Frontend> make_sim_frontend(env::sim::Node& node, std::uint16_t port,
                                                    broker::api::Dispatcher& dispatcher) {
  return std::make_unique<SimFrontend>(node, port, dispatcher);
}

}  // namespace barnabas::simtest
