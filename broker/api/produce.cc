// Produce 0-11. v1: throttle; v2: timestamps; v3: transactional id, magic 2 only; v5: log start;
// v7: zstd; v8: record errors (KIP-467); v9: flexible; v10: current leader (KIP-951).
#include <algorithm>
#include <ranges>
#include <set>

#include "broker/api/answer.h"
#include "broker/api/current_leader.h"
#include "broker/api/handlers.h"
#include "protocol/records/batch.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::ProduceRequest;
using Response = protocol::ProduceResponse;
using PartitionRow = Response::PartitionProduceResponse;

constexpr std::int16_t kAcksAll = -1;
constexpr std::int16_t kAcksNone = 0;
constexpr std::int16_t kFirstWithLeaders = 10;
constexpr std::string_view kAdminClient = "__admin_client";

// Where the outcome of one asked partition comes from.
struct Slot {
  std::size_t topic = 0;
  std::size_t partition = 0;
  std::optional<std::size_t> item;  // in the batch's appends
  ErrorCode error = ErrorCode::kNone;
};

struct Call {
  const RequestContext* context = nullptr;
  Request* request = nullptr;
  std::vector<Slot> slots;
  bool unanswerable = false;  // null records: the real broker never answers; we close
};

// One partition of an answer that waits for its followers.
struct Awaited {
  std::size_t topic = 0, partition = 0;  // in the response
  replica::PartitionPtr replica;
  Offset required;
};

bool is_transactional(env::MutableBytes records) {
  const auto batch = records::next_batch(records);
  return batch && batch->is_transactional();
}

bool any_transactional(const Request& request) {
  for (const auto& topic : request.topic_data) {
    for (const auto& data : topic.partition_data) {
      if (!data.records.is_null() && is_transactional(data.records.view())) return true;
    }
  }
  return false;
}

// A partition named twice: the last one counts, as in Kafka's map.
std::vector<Slot> slots_of(const Request& request) {
  std::vector<Slot> slots;
  for (std::size_t t = 0; t < request.topic_data.size(); ++t) {
    const auto& topic = request.topic_data[t];
    for (std::size_t p = 0; p < topic.partition_data.size(); ++p) slots.push_back({t, p, {}, {}});
  }
  if (slots.size() < 2) return slots;
  std::set<std::pair<std::string_view, PartitionIndex>> seen;
  std::vector<Slot> last;
  for (const auto& slot : slots | std::views::reverse) {
    const auto& topic = request.topic_data[slot.topic];
    if (seen.emplace(topic.name, topic.partition_data[slot.partition].index).second) {
      last.push_back(slot);
    }
  }
  std::ranges::reverse(last);
  return last;
}

bool failed(const Response& response) {
  return std::ranges::any_of(response.responses, [](const auto& topic) {
    return std::ranges::any_of(topic.partition_responses,
                               [](const auto& row) { return row.error_code != ErrorCode::kNone; });
  });
}

// Where we do not lead, or no longer, the answer says who does.
Response with_leaders(const Services& services, const RequestContext& context, Response response) {
  if (context.version() < kFirstWithLeaders || !failed(response)) return response;
  LeaderHints hints(services.replicas, services.metadata.snapshot(), context.connection->listener);
  for (auto& topic : response.responses) {
    for (auto& row : topic.partition_responses) {
      if (!LeaderHints::wanted(row.error_code)) continue;
      const auto leader = hints.of(topic.name, row.index);
      row.current_leader.leader_id = leader.id;
      row.current_leader.leader_epoch = leader.epoch;
    }
  }
  response.node_endpoints = hints.endpoints<Response::NodeEndpoint>();
  return response;
}

class ProduceBatch {
 public:
  explicit ProduceBatch(Services& services) : services_(services) {}

  void add(ProduceCall& call) {
    Call planned{&call.context, &call.request, slots_of(call.request), false};
    const bool transactional = any_transactional(call.request);
    for (auto& slot : planned.slots) plan(planned, slot, transactional);
    calls_.push_back(std::move(planned));
  }

  std::vector<Reply> run() {
    results_ = services_.replicas.append(items_);
    std::vector<Reply> replies;
    replies.reserve(calls_.size());
    for (auto& call : calls_) replies.push_back(answer(call));
    return replies;
  }

 private:
  void plan(Call& call, Slot& slot, bool transactional) {
    const auto& topic = call.request->topic_data[slot.topic];
    const auto& data = topic.partition_data[slot.partition];
    if (data.records.is_null()) {
      call.unanswerable = true;
      return;
    }
    if (transactional && !call.request->transactional_id) {
      slot.error = ErrorCode::kTransactionalIdAuthorizationFailed;
      return;
    }
    if (transactional) {  // no transaction coordinator is served: nothing was ever added to one
      slot.error = ErrorCode::kInvalidTxnState;
      return;
    }
    if (!are_acks(call.request->acks) && !is_known(topic.name, data.index)) {
      slot.error = ErrorCode::kUnknownTopicOrPartition;
      return;
    }
    replica::PartitionAppend item;
    item.topic = topic.name;
    item.partition = data.index;
    item.set.records = data.records.view();
    item.set.produce_version = call.context->version();
    item.acks = call.request->acks;
    item.internal_allowed = call.context->header.client_id == kAdminClient;
    slot.item = items_.size();
    items_.push_back(item);
  }

  static bool are_acks(std::int16_t acks) { return acks >= kAcksAll && acks <= 1; }
  // 3.9 looks for the partition before it looks at acks; only then does it matter here.
  bool is_known(const std::string& topic, PartitionIndex partition) const {
    return services_.metadata.snapshot()->contains(topic, partition);
  }

  PartitionRow row(const Call& call, const Slot& slot) const {
    const auto& topic = call.request->topic_data[slot.topic];
    PartitionRow row;
    row.index = topic.partition_data[slot.partition].index;
    row.error_code = slot.error;
    row.base_offset = kNoOffset;
    row.log_append_time_ms = kNoTimestamp;
    row.log_start_offset = kNoOffset;
    if (slot.error == ErrorCode::kInvalidTxnState) {
      row.error_message = "Partition was not added to the transaction";
    }
    if (!slot.item) return row;
    const auto& appended = results_[*slot.item].appended;
    row.error_code = appended.error;
    row.base_offset = appended.first_offset;
    row.log_append_time_ms = appended.log_append_time;
    row.log_start_offset = appended.log_start_offset;
    row.error_message = appended.error_message;
    for (const auto& error : appended.record_errors) {
      Response::BatchIndexAndErrorMessage message;
      message.batch_index = error.batch_index;
      message.batch_index_error_message = error.message;
      row.record_errors.push_back(std::move(message));
    }
    return row;
  }

  Response response(const Call& call) const {
    Response response;
    std::optional<std::size_t> topic;
    for (const auto& slot : call.slots) {
      if (slot.topic != topic) {
        topic = slot.topic;
        response.responses.emplace_back().name = call.request->topic_data[slot.topic].name;
      }
      response.responses.back().partition_responses.push_back(row(call, slot));
    }
    return response;
  }

  std::vector<Awaited> awaited(const Call& call) const {
    std::vector<Awaited> list;
    std::size_t topic = 0, partition = 0;
    for (std::size_t i = 0; i < call.slots.size(); ++i, ++partition) {
      if (i > 0 && call.slots[i].topic != call.slots[i - 1].topic) {
        ++topic;
        partition = 0;
      }
      if (!call.slots[i].item) continue;
      const auto& result = results_[*call.slots[i].item];
      if (result.required == kNoOffset || result.appended.error != ErrorCode::kNone) continue;
      list.push_back({topic, partition, result.partition, result.required});
    }
    return list;
  }

  Reply answer(const Call& call);

  Services& services_;
  std::vector<Call> calls_;
  std::vector<replica::PartitionAppend> items_;
  std::vector<replica::AppendResult> results_;
};

void settle(Response& response, const Awaited& one, ErrorCode error) {
  if (error == ErrorCode::kNone) return;
  auto& row = response.responses[one.topic].partition_responses[one.partition];
  row.error_code = error;
  row.base_offset = kNoOffset;
}

// Takes out what is decided by now.
void settle_done(Response& response, std::vector<Awaited>& waiting) {
  std::erase_if(waiting, [&](const Awaited& one) {
    const auto state = one.replica->replicated_up_to(one.required);
    if (state.done) settle(response, one, state.error);
    return state.done;
  });
}

// acks=all: until every partition's high watermark has passed, or timeout_ms.
env::Task<Answer> wait_for_followers(Services* services, RequestContext context, Millis timeout,
                                     Response response, std::vector<Awaited> waiting) {
  const auto deadline = services->clock.now() + std::chrono::milliseconds(timeout.value);
  for (bool in_time = true;;) {
    env::Signal signal;
    std::vector<replica::Watch> watches;
    for (const auto& one : waiting) {
      watches.push_back(one.replica->watch(signal, replica::kHighWatermarkMoved));
    }
    settle_done(response, waiting);
    if (waiting.empty() || !in_time || services->shutting_down) break;
    in_time = co_await signal.wait_until(services->clock, deadline);
  }
  for (const auto& one : waiting) settle(response, one, ErrorCode::kRequestTimedOut);
  response = with_leaders(*services, context, std::move(response));
  co_return encode(context, response);
}

Reply ProduceBatch::answer(const Call& call) {
  if (call.unanswerable) return CloseConnection{"Produce with null records"};
  auto body = response(call);
  if (call.request->acks == kAcksNone) {
    if (failed(body)) return CloseConnection{"Produce with acks=0 failed"};
    return NoAnswer{};
  }
  std::vector<Awaited> waiting;
  if (call.request->acks == kAcksAll) waiting = awaited(call);
  settle_done(body, waiting);
  if (waiting.empty()) {
    return reply(*call.context, with_leaders(services_, *call.context, std::move(body)));
  }
  return Overlapping{wait_for_followers(&services_, *call.context, call.request->timeout_ms,
                                        std::move(body), std::move(waiting))};
}

}  // namespace

std::vector<Reply> handle_produce(Services& services, std::span<ProduceCall> calls) {
  ProduceBatch batch(services);
  for (auto& call : calls) batch.add(call);
  return batch.run();
}

}  // namespace barnabas::broker::api
