#include "broker/api/dispatcher.h"

#include <fmt/format.h>

#include "broker/api/answer.h"
#include "broker/api/handlers.h"
#include "broker/api/table.h"

namespace barnabas::broker::api {
namespace {

// Collects the Produce requests that stand together, until something else comes.
class Run {
 public:
  explicit Run(Services& services) : services_(services) {}

  void add(RequestContext context, protocol::ProduceRequest request) {
    calls_.push_back({std::move(context), std::move(request)});
  }
  void flush(std::vector<Reply>& replies) {
    if (calls_.empty()) return;
    for (auto& reply : handle_produce(services_, calls_)) replies.push_back(std::move(reply));
    calls_.clear();
  }

 private:
  Services& services_;
  std::vector<ProduceCall> calls_;
};

bool stops_batch(const Reply& reply) {
  return std::holds_alternative<Later>(reply) || std::holds_alternative<CloseConnection>(reply);
}

CloseConnection not_served(const protocol::RequestHeader& header) {
  return {fmt::format("unsupported request: {} (key {}) version {}", name(header.key),
                      static_cast<int>(header.key), header.version)};
}

// ApiVersions answers whatever its version; every other request of a version we lack ends it.
bool serves(const Row* row, const protocol::RequestHeader& header) {
  if (row == nullptr) return false;
  if (row->key == ApiKey::kApiVersions) return true;
  return header.version >= row->min_version && header.version <= row->max_version;
}

Reply handle_one(Services& services, const RequestContext& context, protocol::Reader& body,
                 Run& run, std::vector<Reply>& replies) {
  const auto* row = find(static_cast<std::int16_t>(context.header.key));
  if (!serves(row, context.header)) return not_served(context.header);
  run.flush(replies);
  return row->handler(services, context, body);
}

}  // namespace

Batch Dispatcher::dispatch(std::shared_ptr<ConnectionContext> connection,
                           std::span<const env::MutableBytes> frames) {
  Batch batch;
  batch.replies.reserve(frames.size());
  Run run(services_);
  for (const auto frame : frames) {
    protocol::Reader reader(frame);
    ++batch.taken;
    auto header = protocol::RequestHeader::decode(reader);
    if (!header) {
      run.flush(batch.replies);
      batch.replies.push_back(
          CloseConnection{"malformed request header: " + protocol::to_string(header.error())});
      break;
    }
    RequestContext context{*std::move(header), connection};
    if (context.header.key == ApiKey::kProduce) {
      auto request = protocol::ProduceRequest::decode(reader, context.version());
      if (request) {
        run.add(std::move(context), *std::move(request));
        continue;
      }
      run.flush(batch.replies);
      batch.replies.push_back(malformed(context, request.error()));
      break;
    }
    auto reply = handle_one(services_, context, reader, run, batch.replies);
    run.flush(batch.replies);
    batch.replies.push_back(std::move(reply));
    if (stops_batch(batch.replies.back())) break;
  }
  run.flush(batch.replies);
  return batch;
}

}  // namespace barnabas::broker::api
