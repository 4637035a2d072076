#include "tools/client/producer.h"

#include <fmt/format.h>

#include "env/posix/posix_clock.h"
#include "tools/java_errors.h"

namespace barnabas::tools {
namespace {

constexpr Milliseconds kStep{100};
constexpr std::int64_t kBatchOverhead = 61;
constexpr std::int64_t kRecordOverhead = 21;

std::int64_t varint_size(std::int64_t value) {
  auto zigzag = static_cast<std::uint64_t>(value) << 1;
  std::int64_t size = 1;
  while (zigzag >= 0x80) {
    zigzag >>= 7;
    ++size;
  }
  return size;
}

std::int64_t field_size(const Field& field) {
  if (!field) return 1;
  const auto size = static_cast<std::int64_t>(field->size());
  return varint_size(size) + size;
}

struct DestroyHeaders {
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
};
using Headers = std::unique_ptr<rd_kafka_headers_t, DestroyHeaders>;

const void* data_of(const Field& field) { return field ? field->data() : nullptr; }

Headers headers_of(const ClientRecord& record) {
  if (record.headers.empty()) return nullptr;
  Headers headers(rd_kafka_headers_new(record.headers.size()));
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()),
                        data_of(value), value ? static_cast<ssize_t>(value->size()) : 0);
  }
  return headers;
}

std::string timeout(std::string text) {
  return exception_text(ErrorCode::kRequestTimedOut, std::move(text));
}

struct DestroyTopic {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};

// What a broker says of the topic now.
rd_kafka_resp_err_t ask_for_topic(rd_kafka_t* client, const std::string& name, Milliseconds wait) {
  const std::unique_ptr<rd_kafka_topic_t, DestroyTopic> topic(
      rd_kafka_topic_new(client, name.c_str(), nullptr));
  const rd_kafka_metadata_t* found = nullptr;
  const auto error =
      rd_kafka_metadata(client, 0, topic.get(), &found, static_cast<int>(wait.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  const auto answer =
      found->topic_cnt == 0 ? RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART : found->topics[0].err;
  rd_kafka_metadata_destroy(found);
  return answer;
}

// Takes the error, which is null where there is none.
std::expected<void, std::string> outcome(rd_kafka_error_t* error) {
  if (error == nullptr) return {};
  auto text = exception_of(rd_kafka_error_code(error));
  rd_kafka_error_destroy(error);
  return std::unexpected(std::move(text));
}

bool is_final(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION ||
         error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
}

}  // namespace

std::int64_t size_upper_bound(const ClientRecord& record) {
  auto size = kBatchOverhead + kRecordOverhead + field_size(record.key) + field_size(record.value) +
              varint_size(static_cast<std::int64_t>(record.headers.size()));
  for (const auto& [name, value] : record.headers) size += field_size(name) + field_size(value);
  return size;
}

Producer::Producer(const Properties& properties, JavaLog* log)
    : opaque_{log},
      max_request_size_(number_of(properties, "max.request.size", 1'048'576)),
      max_block_(number_of(properties, "max.block.ms", 60'000)) {}

std::expected<std::unique_ptr<Producer>, std::string> Producer::open(const Properties& properties,
                                                                     JavaLog* log) {
  std::unique_ptr<Producer> producer(new Producer(properties, log));
  auto client = open_client(ClientKind::kProducer, properties, log,
                            {&producer->opaque_, [](rd_kafka_conf_t* conf) {
                               rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
                             }});
  if (!client) return std::unexpected(client.error());
  producer->client_ = std::move(*client);
  return producer;
}

void Producer::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  const std::unique_ptr<Delivered> done(static_cast<Delivered*>(message->_private));
  if (!*done) return;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    (*done)(std::unexpected(exception_of(message->err)));
  } else {
    (*done)(Sent{PartitionIndex(message->partition), Offset(message->offset)});
  }
}

void Producer::send(ClientRecord record, Delivered done) {
  const auto size = size_upper_bound(record);
  if (size > max_request_size_) {
    const auto text = fmt::format(
        "The message is {} bytes when serialized which is larger than {}, which is the value of "
        "the max.request.size configuration.",
        size, max_request_size_);
    return done(std::unexpected(exception_text(ErrorCode::kMessageTooLarge, text)));
  }
  if (const auto known = await_topic(record.topic); !known) {
    return done(std::unexpected(known.error()));
  }
  auto waiting = std::make_unique<Delivered>(std::move(done));
  const auto queued = enqueue(record, waiting.get());
  if (queued) {
    waiting.release();  // on_delivery has it
  } else {
    (*waiting)(std::unexpected(queued.error()));
  }
  rd_kafka_poll(client_.get(), 0);
}

std::expected<void, std::string> Producer::await_topic(const std::string& topic) {
  if (known_topics_.contains(topic)) return {};
  const env::PosixClock clock;
  const auto deadline = clock.now() + max_block_;
  while (true) {
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - clock.now());
    if (left.count() <= 0) {
      return std::unexpected(timeout(
          fmt::format("Topic {} not present in metadata after {} ms.", topic, max_block_.count())));
    }
    const auto error = ask_for_topic(client_.get(), topic, left);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    if (error == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION) {
      return std::unexpected(exception_text(ErrorCode::kInvalidTopicException,
                                            fmt::format("Invalid topics: [{}]", topic)));
    }
    if (is_final(error)) return std::unexpected(exception_of(error));
    rd_kafka_poll(client_.get(), static_cast<int>(std::min(kStep, left).count()));
  }
  known_topics_.insert(topic);
  return {};
}

std::expected<void, std::string> Producer::enqueue(const ClientRecord& record, Delivered* done) {
  const env::PosixClock clock;
  const auto deadline = clock.now() + max_block_;
  auto headers = headers_of(record);
  const auto key_size = record.key ? record.key->size() : 0;
  const auto value_size = record.value ? record.value->size() : 0;
  while (true) {
    const auto error = rd_kafka_producev(
        client_.get(), RD_KAFKA_V_TOPIC(record.topic.c_str()),
        RD_KAFKA_V_PARTITION(record.partition.value), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(data_of(record.key), key_size),
        RD_KAFKA_V_VALUE(const_cast<void*>(data_of(record.value)), value_size),
        RD_KAFKA_V_TIMESTAMP(std::max<std::int64_t>(record.timestamp.value, 0)),
        RD_KAFKA_V_OPAQUE(done), RD_KAFKA_V_HEADERS(headers.get()), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      headers.release();  // librdkafka has them
      return {};
    }
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) return std::unexpected(exception_of(error));
    if (clock.now() >= deadline) {
      return std::unexpected(timeout(
          fmt::format("Failed to allocate {} bytes within the configured max blocking time {} ms.",
                      size_upper_bound(record), max_block_.count())));
    }
    rd_kafka_poll(client_.get(), static_cast<int>(kStep.count()));
  }
}

void Producer::flush() {
  while (rd_kafka_outq_len(client_.get()) > 0) {
    rd_kafka_flush(client_.get(), static_cast<int>(kStep.count()));
  }
}

void Producer::serve(Milliseconds wait) {
  rd_kafka_poll(client_.get(), static_cast<int>(wait.count()));
}

std::expected<void, std::string> Producer::init_transactions() {
  return outcome(rd_kafka_init_transactions(client_.get(), static_cast<int>(max_block_.count())));
}

std::expected<void, std::string> Producer::begin_transaction() {
  return outcome(rd_kafka_begin_transaction(client_.get()));
}

std::expected<void, std::string> Producer::commit_transaction() {
  flush();
  return outcome(rd_kafka_commit_transaction(client_.get(), static_cast<int>(max_block_.count())));
}

}  // namespace barnabas::tools
