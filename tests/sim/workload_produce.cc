// Producers: some retry with an idempotent producer's sequence numbers, some try once.
#include <fmt/core.h>

#include <span>

#include "protocol/messages/init_producer_id.h"
#include "protocol/messages/produce.h"
#include "protocol/records/builder.h"
#include "tests/sim/workload.h"

namespace barnabas::simtest {

using env::Task;

namespace {

// The broker may have appended what it answers so; one that waited for its followers when it lost
// the lead has.
bool leaves_doubt(ErrorCode code, std::int16_t acks) {
  if (acks == -1 && code == ErrorCode::kNotLeaderOrFollower) return true;
  return code == ErrorCode::kRequestTimedOut || code == ErrorCode::kUnknownServerError ||
         code == ErrorCode::kKafkaStorageError || code == ErrorCode::kNotEnoughReplicasAfterAppend;
}

// The broker does not know what this producer has sent before.
bool forgot_producer(ErrorCode code) {
  return code == ErrorCode::kOutOfOrderSequenceNumber || code == ErrorCode::kUnknownProducerId ||
         code == ErrorCode::kInvalidProducerEpoch;
}

}  // namespace

Task<void> Workload::produce_all(int number) {
  Producer producer;
  producer.name = fmt::format("producer{}", number);
  Client client = make_client(producer.name);
  producer.acks = client.random().chance(50) ? -1 : 1;
  producer.idempotent = number % 3 != 2;
  for (int i = 0; i < options_.batches;) {
    co_await client.pause(700);
    const auto of = any_partition(&client);
    if (!of) continue;
    ++i;
    co_await produce_one(&client, &producer, *of);
  }
}

std::vector<std::byte> Workload::make_batch(Client* client, const Producer& producer,
                                            const TopicIdPartition& of) {
  records::BatchOptions options;
  if (producer.idempotent) {
    options.producer_id = producer.id;
    options.producer_epoch = producer.epoch;
    const auto next = producer.next_sequence.find(of);
    options.base_sequence = Sequence{next == producer.next_sequence.end() ? 0 : next->second};
  }
  records::RecordBatchBuilder builder(options);
  const int count = static_cast<int>(client->random().below(4)) + 1;
  for (int i = 0; i < count; ++i) {
    std::string value = fmt::format("{} value {} ", producer.name, ++values_);
    value.append(
        client->random().chance(20) ? client->random().below(300) : client->random().below(100),
        'x');
    const auto bytes = std::as_bytes(std::span(value));
    builder.append(Timestamp{cluster_->world().wall().count()}, std::nullopt, bytes);
  }
  const auto built = builder.build();
  return {built.begin(), built.end()};
}

Task<void> Workload::init_producer(Client* client, Producer* producer) {
  while (producer->id == kNoProducerId) {
    protocol::InitProducerIdRequest request;
    request.transactional_id = std::nullopt;
    request.transaction_timeout_ms = Millis{60000};
    auto answer =
        co_await client->call(client->any_broker(), std::move(request), 4, Client::kTimeout);
    if (answer && answer->body.error_code == ErrorCode::kNone) {
      producer->id = answer->body.producer_id;
      producer->epoch = answer->body.producer_epoch;
      producer->next_sequence.clear();
    } else {
      cluster_->world().record(
          fmt::format("{}: no producer id: {}", producer->name,
                      answer ? std::string(name(answer->body.error_code)) : answer.error()));
      co_await client->pause(500);
    }
  }
}

Task<void> Workload::produce_one(Client* client, Producer* producer, TopicIdPartition of) {
  // What is still on its way to the topic of before must not be taken for what goes to this one.
  const bool first = !producer->next_sequence.contains(of);
  if (first && topics_->is_remade(of)) producer->id = kNoProducerId;
  if (producer->idempotent) co_await init_producer(client, producer);
  auto batch = make_batch(client, *producer, of);
  co_await deliver(client, producer, of, std::move(batch));
}

// One attempt, or for an idempotent producer as many as it takes.
Task<void> Workload::deliver(Client* client, Producer* producer, TopicIdPartition of,
                             std::vector<std::byte> batch) {
  const BatchNumber number = checker_->sent(of, batch);
  bool in_doubt = false;
  while (!topics_->is_gone(of)) {
    const auto leader = co_await client->find_leader(of);
    if (!leader) {
      co_await client->pause(500);
      continue;
    }
    const auto tried = co_await attempt(client, *leader, producer, of, number, batch);
    cluster_->world().record(fmt::format("{}: batch {} to {}: {} {} {}", producer->name, number,
                                         to_string(of), tried.error, name(tried.code),
                                         tried.base_offset));
    if (topics_->is_gone(of)) co_return;
    if (tried.is_answered() && settle(tried, producer, of, number, in_doubt)) co_return;
    if (!producer->idempotent) co_return;
    in_doubt |= !tried.is_answered() || leaves_doubt(tried.code, producer->acks);
    co_await client->pause(500);
  }
}

Task<Workload::Attempt> Workload::attempt(Client* client, int leader, Producer* producer,
                                          TopicIdPartition of, BatchNumber number,
                                          std::vector<std::byte> batch) {
  protocol::ProduceRequest::PartitionProduceData data;
  data.index = of.tp.partition;
  data.records = Records(env::MutableBytes(batch));
  protocol::ProduceRequest::TopicProduceData topic;
  topic.name = of.tp.topic;
  topic.partition_data.push_back(std::move(data));
  protocol::ProduceRequest request;
  request.acks = producer->acks;
  request.timeout_ms = Millis{1500};
  request.topic_data.push_back(std::move(topic));
  Attempt result;
  result.window.sent = generation(of);
  checker_->tried(number);
  auto answer = co_await client->call(leader, std::move(request), 9, Client::kTimeout);
  // What answers by the name of a topic that is gone may be another.
  if (answer && !topics_->is_gone(of)) checker_->answered(number);
  result.window.answered = generation(of);
  if (!answer) {
    result.error = answer.error();
  } else {
    const auto& body = answer->body.responses.at(0).partition_responses.at(0);
    result.code = body.error_code;
    result.base_offset = body.base_offset.value;
  }
  co_return result;
}

// A leader that follows one who had more: only if that was not promised. And where records were
// deleted, those may have been all that was known of the producer.
bool Workload::may_forget(const Producer& producer, const TopicIdPartition& of,
                          const Attempt& attempt) const {
  if (checker_->deletable_below(of) > 0) return true;
  return options_.replicated ? producer.acks == 1 : attempt.window.answered > 0;
}

// True if there is nothing more to try.
bool Workload::settle(const Attempt& attempt, Producer* producer, const TopicIdPartition& of,
                      BatchNumber number, bool was_lost) {
  if (attempt.code == ErrorCode::kNone) {
    const bool promised = !options_.replicated || producer->acks == -1;
    if (promised) {
      ++acknowledged_;
      checker_->acknowledged(number, attempt.base_offset, attempt.window);
    }
    producer->next_sequence[of] += checker_->count(number);
    return true;
  }
  if (producer->idempotent && forgot_producer(attempt.code)) {
    if (!may_forget(*producer, of, attempt)) {
      report_(fmt::format("{}: {} answers {} although nothing was lost", producer->name,
                          to_string(of), name(attempt.code)));
    }
    producer->id = kNoProducerId;
    return true;
  }
  if (!is_retriable(attempt.code)) {
    report_(fmt::format("{}: {} answers {}", producer->name, to_string(of), name(attempt.code)));
  }
  if (!producer->idempotent && !was_lost && !leaves_doubt(attempt.code, producer->acks))
    checker_->refused(number);
  return false;
}

}  // namespace barnabas::simtest
