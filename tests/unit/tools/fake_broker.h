// A network of brokers that answer out of a test's functions.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "env/network.h"
#include "protocol/header.h"
#include "protocol/messages/api_versions.h"

namespace barnabas::tools {

class FakeNetwork : public env::Network {
 public:
  using Handler = std::function<void(protocol::Reader&, std::int16_t version, protocol::Writer&)>;

  // What the broker at `port` does with a request; it offers exactly the requests it has handlers
  // for.
  template <class Request, class Answer>
  void on(std::uint16_t port, Answer answer) {
    brokers_[port][Request::kKey] = [answer](protocol::Reader& in, std::int16_t version,
                                             protocol::Writer& out) {
      const auto request = Request::decode(in, version).value();
      answer(request).encode(out, version);
    };
    ranges_[Request::kKey] = {Request::kMinVersion, Request::kMaxVersion};
  }
  void down(std::uint16_t port) { brokers_.erase(port); }

  std::unique_ptr<env::Channel> connect(env::Address address, env::Executor) override {
    dialled.push_back(address.port);
    return std::make_unique<FakeChannel>(*this, address.port);
  }

  std::vector<std::uint16_t> dialled;
  std::vector<std::string> asked;  // "9092 Metadata"
  std::string client_id;           // of the last that asked
  env::Duration patience{};        // how long it would have waited for the answer

 private:
  struct FakeChannel : env::Channel {
    FakeChannel(FakeNetwork& n, std::uint16_t p) : network(n), port(p) {}
    env::Task<env::IoResult<env::Frame>> call(env::Frame frame, env::Duration timeout) override {
      network.patience = timeout;
      co_return network.answer(port, frame);
    }
    void close() override {}
    FakeNetwork& network;
    std::uint16_t port;
  };

  env::IoResult<env::Frame> answer(std::uint16_t port, env::Frame& frame) {
    const auto broker = brokers_.find(port);
    if (broker == brokers_.end()) {
      return std::unexpected(std::make_error_code(std::errc::connection_refused));
    }
    protocol::Reader in{env::MutableBytes(frame)};
    const auto header = protocol::RequestHeader::decode(in).value();
    client_id = header.client_id.value_or("");
    asked.push_back(std::to_string(port) + " " + std::string(name(header.key)));
    protocol::Writer out;
    protocol::ResponseHeader{header.correlation_id}.encode(out, header.key, header.version);
    if (header.key == ApiKey::kApiVersions) {
      offers(broker->second).encode(out, header.version);
    } else {
      broker->second.at(header.key)(in, header.version, out);
    }
    return std::move(out.take().value().bytes);
  }

  protocol::ApiVersionsResponse offers(const std::map<ApiKey, Handler>& handlers) const {
    protocol::ApiVersionsResponse response;
    for (const auto& [key, handler] : handlers) {
      const auto& [min, max] = ranges_.at(key);
      response.api_keys.push_back({static_cast<std::int16_t>(key), min, max});
    }
    return response;
  }

  std::map<std::uint16_t, std::map<ApiKey, Handler>> brokers_;
  std::map<ApiKey, std::pair<std::int16_t, std::int16_t>> ranges_;
};

}  // namespace barnabas::tools
