#include "tools/client/consumer.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "env/posix/posix_clock.h"

namespace barnabas::tools {
namespace {

struct DestroyList {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using List = std::unique_ptr<rd_kafka_topic_partition_list_t, DestroyList>;

struct DestroyMessage {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
struct DestroyTopic {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};
struct DestroyMetadata {
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};
using FoundMetadata = std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata>;

List empty_list() { return List(rd_kafka_topic_partition_list_new(1)); }

List list_of(const std::vector<PartitionOffset>& offsets) {
  auto list = empty_list();
  for (const auto& at : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition.value)->offset =
        at.offset.value;
  }
  return list;
}

std::vector<PartitionOffset> read_list(const rd_kafka_topic_partition_list_t& list) {
  std::vector<PartitionOffset> partitions;
  for (int i = 0; i < list.cnt; ++i) {
    const auto& entry = list.elems[i];
    partitions.push_back({entry.topic, PartitionIndex(entry.partition), Offset(entry.offset)});
  }
  std::ranges::sort(partitions, {},
                    [](const PartitionOffset& at) { return std::pair(at.topic, at.partition); });
  return partitions;
}

Field field(const void* data, std::size_t size) {
  if (data == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(data), size);
}

// Errors after which Kafka's consumer throws; it lives through all others.
bool is_fatal(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION: return true;
    default: return false;
  }
}

bool is_internal(std::string_view topic) {
  return topic == "__consumer_offsets" || topic == "__transaction_state";
}

void read_headers(const rd_kafka_message_t& message, ClientRecord* record) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    record->headers.emplace_back(name, field(value, size));
  }
}

}  // namespace

Consumer::Consumer(const Properties& properties, JavaLog* log, ConsumerHooks hooks)
    : callbacks_{{log}, std::move(hooks)},
      metadata_age_(Milliseconds(number_of(properties, "metadata.max.age.ms", 300'000))) {
  const auto it = properties.find("exclude.internal.topics");
  internal_topics_too_ = it != properties.end() && it->second == "false";
}

std::expected<std::unique_ptr<Consumer>, std::string> Consumer::open(const Properties& properties,
                                                                     JavaLog* log,
                                                                     ConsumerHooks hooks) {
  std::unique_ptr<Consumer> consumer(new Consumer(properties, log, std::move(hooks)));
  auto client = open_client(ClientKind::kConsumer, properties, log,
                            {&consumer->callbacks_, [](rd_kafka_conf_t* conf) {
                               rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
                             }});
  if (!client) return std::unexpected(client.error());
  consumer->client_ = std::move(*client);
  rd_kafka_poll_set_consumer(consumer->client_.get());
  return consumer;
}

Consumer::~Consumer() { close(); }

void Consumer::close() {
  if (!client_) return;
  rd_kafka_consumer_close(client_.get());
  client_.reset();
}

void Consumer::on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                            rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  const auto& hooks = static_cast<Callbacks*>(static_cast<Opaque*>(opaque))->hooks;
  const bool cooperative = std::string_view(rd_kafka_rebalance_protocol(client)) == "COOPERATIVE";
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    if (cooperative) {
      rd_kafka_error_destroy(rd_kafka_incremental_assign(client, partitions));
    } else {
      rd_kafka_assign(client, partitions);
    }
    if (hooks.assigned) hooks.assigned(read_list(*partitions));
    return;
  }
  if (hooks.revoked) hooks.revoked(read_list(*partitions));
  if (cooperative) {
    rd_kafka_error_destroy(rd_kafka_incremental_unassign(client, partitions));
  } else {
    rd_kafka_assign(client, nullptr);
  }
}

void Consumer::subscribe(const std::vector<std::string>& topics) {
  const auto list = empty_list();
  for (const auto& topic : topics) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  rd_kafka_subscribe(client_.get(), list.get());
}

void Consumer::subscribe_matching(const std::string& pattern) { pattern_ = std::regex(pattern); }

void Consumer::assign(const std::vector<PartitionOffset>& positions) {
  const auto list = list_of(positions);
  rd_kafka_assign(client_.get(), list.get());
}

void Consumer::look_for_matches(Milliseconds wait) {
  const env::PosixClock clock;
  if (looked_ && clock.now() - *looked_ < metadata_age_) return;
  const rd_kafka_metadata_t* answer = nullptr;
  if (rd_kafka_metadata(client_.get(), 1, nullptr, &answer, static_cast<int>(wait.count())) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return;
  }
  const FoundMetadata metadata(answer);
  looked_ = clock.now();
  std::vector<std::string> found;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const std::string name = metadata->topics[i].topic;
    if (std::regex_match(name, *pattern_) && (internal_topics_too_ || !is_internal(name))) {
      found.push_back(name);
    }
  }
  std::ranges::sort(found);
  if (found == matches_) return;
  matches_ = std::move(found);
  subscribe(matches_);
}

Polled Consumer::poll(Milliseconds wait) {
  if (pattern_) look_for_matches(wait);
  const std::unique_ptr<rd_kafka_message_t, DestroyMessage> message(
      rd_kafka_consumer_poll(client_.get(), static_cast<int>(wait.count())));
  if (!message) return NothingYet{};
  return read(*message);
}

Polled Consumer::read(const rd_kafka_message_t& message) const {
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (is_fatal(message.err)) return Failure{exception_of(message.err)};
    callbacks_.log->warn(rd_kafka_message_errstr(&message));
    return NothingYet{};
  }
  ClientRecord record;
  record.topic = rd_kafka_topic_name(message.rkt);
  record.partition = PartitionIndex(message.partition);
  record.offset = Offset(message.offset);
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  record.timestamp = Timestamp(rd_kafka_message_timestamp(&message, &type));
  record.log_append_time = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
  record.key = field(message.key, message.key_len);
  record.value = field(message.payload, message.len);
  read_headers(message, &record);
  return record;
}

std::expected<void, std::string> Consumer::commit(const std::vector<PartitionOffset>& offsets) {
  const auto list = list_of(offsets);
  const auto error = rd_kafka_commit(client_.get(), list.get(), 0);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return std::unexpected(exception_of(error));
}

std::optional<std::pair<Offset, Offset>> Consumer::watermarks(const std::string& topic,
                                                              PartitionIndex partition,
                                                              Milliseconds wait) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto error = rd_kafka_query_watermark_offsets(client_.get(), topic.c_str(), partition.value,
                                                      &low, &high, static_cast<int>(wait.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return std::pair(Offset(low), Offset(high));
}

std::vector<PartitionIndex> Consumer::partitions(const std::string& topic, Milliseconds wait) {
  const std::unique_ptr<rd_kafka_topic_t, DestroyTopic> handle(
      rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr));
  const rd_kafka_metadata_t* answer = nullptr;
  if (rd_kafka_metadata(client_.get(), 0, handle.get(), &answer, static_cast<int>(wait.count())) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return {};
  }
  const FoundMetadata metadata(answer);
  std::vector<PartitionIndex> found;
  if (metadata->topic_cnt == 0) return found;
  for (int i = 0; i < metadata->topics[0].partition_cnt; ++i) {
    found.emplace_back(metadata->topics[0].partitions[i].id);
  }
  return found;
}

}  // namespace barnabas::tools
