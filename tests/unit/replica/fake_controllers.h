// A network at whose ends stand controllers: broker N listens at port N. They tell their versions
// by themselves; what else they are asked the test answers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/replica/metadata_cache.h"
#include "env/network.h"
#include "env/spawn.h"
#include "protocol/header.h"
#include "protocol/messages/api_versions.h"

namespace barnabas::broker::testing {

// The cluster as UpdateMetadata tells it: those alive, and who of them is controller.
inline replica::MetadataUpdate cluster(BrokerId controller, const std::set<BrokerId>& alive) {
  replica::MetadataUpdate update;
  update.controller_id = controller;
  for (const BrokerId id : alive) {
    update.live_brokers.push_back({id, {{"PLAINTEXT", "host", id.value, 0}}, {}});
  }
  return update;
}

template <class Response>
env::Frame frame_of(const protocol::RequestHeader& header, const Response& response) {
  protocol::Writer out;
  protocol::ResponseHeader{header.correlation_id}.encode(out, header.key, header.version);
  response.encode(out, header.version);
  return out.take().value().bytes;
}

class FakeControllers final : public env::Network {
 public:
  using Serve = std::function<env::Frame(BrokerId controller, const protocol::RequestHeader&,
                                         protocol::Reader& body)>;

  std::unique_ptr<env::Channel> connect(env::Address address, env::Executor) override {
    ++connections;
    return std::make_unique<FakeChannel>(this, BrokerId{address.port});
  }

  Serve serve;
  std::set<BrokerId> refusing;   // connections are refused
  std::set<BrokerId> hanging;    // take requests and answer nothing
  std::map<BrokerId, int> lose;  // so many answers are lost after the request was served
  std::map<ApiKey, std::pair<std::int16_t, std::int16_t>> versions;  // else any version is served
  int connections = 0;

 private:
  class FakeChannel final : public env::Channel {
   public:
    FakeChannel(FakeControllers* world, BrokerId id) : world_(world), id_(id) {}
    env::Task<env::IoResult<env::Frame>> call(env::Frame request, env::Duration) override {
      const bool refused = closed_ || world_->refusing.contains(id_);
      if (refused) co_return std::unexpected(std::make_error_code(std::errc::connection_refused));
      if (world_->hanging.contains(id_)) {
        const env::Signal closed = hung_.emplace_back();
        co_await closed.wait();
        co_return std::unexpected(std::make_error_code(std::errc::operation_canceled));
      }
      co_return world_->answer(id_, std::move(request));
    }
    void close() override {
      closed_ = true;
      for (const auto& call : hung_) call.set();
    }

   private:
    FakeControllers* world_;
    BrokerId id_;
    bool closed_ = false;
    std::vector<env::Signal> hung_;
  };

  env::IoResult<env::Frame> answer(BrokerId id, env::Frame request) {
    protocol::Reader in{env::MutableBytes(request)};
    const auto header = protocol::RequestHeader::decode(in).value();
    if (header.key == ApiKey::kApiVersions) return frame_of(header, served());
    auto frame = serve(id, header, in);
    if (lose[id] == 0) return frame;
    --lose[id];
    return std::unexpected(std::make_error_code(std::errc::connection_reset));
  }
  protocol::ApiVersionsResponse served() const {
    protocol::ApiVersionsResponse response;
    for (std::int16_t key = 0; key < 100; ++key) {
      const auto* info = protocol::api_info(ApiKey{key});
      if (!info) continue;
      const auto own = versions.find(info->key);
      const auto [low, high] =
          own == versions.end() ? std::pair(info->min_version, info->max_version) : own->second;
      response.api_keys.push_back({key, low, high});
    }
    return response;
  }
};

}  // namespace barnabas::broker::testing
