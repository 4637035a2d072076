// 100,000 records through librdkafka's C interface: `librdkafka-round-trip BOOTSTRAP`.
// Idempotent producer, consumer with assign. The formula of the records is that of records.py.
#include <librdkafka/rdkafka.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int kPartitions = 3;
constexpr int kPerTopic = 20'000;
constexpr std::int64_t kBaseTime = 1'600'000'000'000;
constexpr int kTimeoutMs = 20'000;

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

void require(bool holds, const std::string& why) {
  if (!holds) fail(why);
}

std::string noise() {
  std::string out(65536, '\0');
  std::uint32_t x = 12345;
  for (auto& c : out) {
    x = x * 1103515245u + 12345u;
    c = static_cast<char>(128u | ((x >> 16) & 127u));
  }
  return out;
}
const std::string kNoise = noise();

std::uint32_t mix(int i) {
  auto h = (static_cast<std::uint32_t>(i) + 1u) * 2654435761u;
  h ^= h >> 15;
  h *= 2246822519u;
  return h ^ (h >> 13);
}

struct Header {
  std::string name;
  std::string_view value;
  bool operator==(const Header&) const = default;
};

struct Record {
  std::optional<std::string> key;
  std::optional<std::string_view> value;
  std::vector<Header> headers;
  std::int64_t timestamp = 0;
  bool operator==(const Record&) const = default;
};

Record record(int i) {
  const auto h = mix(i);
  const auto kind = h % 100, r = h >> 7;
  const auto size = kind < 90 ? r % 200 : kind < 99 ? r % 2000 : r % 20480;
  Record out;
  if (h % 7 != 0) out.key = "k" + std::to_string(h);
  if (h % 211 != 0 || h % 7 == 0)
    out.value = std::string_view(kNoise).substr((h >> 3) % 40000, size);
  for (int k = 0; k < i % 4; ++k) {
    out.headers.push_back({"h" + std::to_string(k),
                           std::string_view(kNoise).substr((h >> k) % 40000, (h >> k) % 20)});
  }
  out.timestamp = kBaseTime + 10 * std::int64_t{i} - static_cast<std::int64_t>(h % 50);
  return out;
}

using Settings = std::vector<std::array<const char*, 2>>;

rd_kafka_t* client(rd_kafka_type_t type, const Settings& settings,
                   void (*delivered)(rd_kafka_t*, const rd_kafka_message_t*, void*)) {
  std::array<char, 512> why{};
  auto* conf = rd_kafka_conf_new();
  for (const auto& [key, value] : settings) {
    const auto done = rd_kafka_conf_set(conf, key, value, why.data(), why.size());
    require(done == RD_KAFKA_CONF_OK, why.data());
  }
  if (delivered != nullptr) rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  auto* handle = rd_kafka_new(type, conf, why.data(), why.size());
  require(handle != nullptr, why.data());
  return handle;
}

int delivered_records = 0;

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  require(message->err == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(message->err));
  ++delivered_records;
}

void send(rd_kafka_t* producer, const std::string& topic, int i) {
  const auto r = record(i);
  auto* headers = rd_kafka_headers_new(4);
  for (const auto& h : r.headers) {
    rd_kafka_header_add(headers, h.name.data(), static_cast<ssize_t>(h.name.size()), h.value.data(),
                        static_cast<ssize_t>(h.value.size()));
  }
  const auto value = r.value.value_or(std::string_view{});  // no value: a null pointer
  const char* key = r.key ? r.key->data() : nullptr;
  const auto key_size = r.key ? r.key->size() : 0;
  const auto error = rd_kafka_producev(
      producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(i % kPartitions),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
      RD_KAFKA_V_KEY(key, key_size), RD_KAFKA_V_TIMESTAMP(r.timestamp), RD_KAFKA_V_HEADERS(headers),
      RD_KAFKA_V_END);
  require(error == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(error));
}

void produce(const char* bootstrap, const std::string& topic, const char* codec) {
  auto* producer = client(RD_KAFKA_PRODUCER,
                          {{"bootstrap.servers", bootstrap},
                           {"compression.type", codec},
                           {"enable.idempotence", "true"},
                           {"linger.ms", "10"}},
                          on_delivery);
  delivered_records = 0;
  for (int i = 0; i < kPerTopic; ++i) send(producer, topic, i);
  const auto error = rd_kafka_flush(producer, 3 * kTimeoutMs);
  require(error == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(error));
  require(delivered_records == kPerTopic, topic + ": not every record was acknowledged");
  rd_kafka_destroy(producer);
}

std::vector<Header> headers_of(const rd_kafka_message_t* message) {
  std::vector<Header> out;
  rd_kafka_headers_t* all = nullptr;
  if (rd_kafka_message_headers(message, &all) != RD_KAFKA_RESP_ERR_NO_ERROR) return out;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  while (rd_kafka_header_get_all(all, out.size(), &name, &value, &size) ==
         RD_KAFKA_RESP_ERR_NO_ERROR) {
    out.push_back({name, {static_cast<const char*>(value), size}});
  }
  return out;
}

Record read(const rd_kafka_message_t* message) {
  Record out;
  if (message->key != nullptr) {
    out.key = std::string(static_cast<const char*>(message->key), message->key_len);
  }
  if (message->payload != nullptr) {
    out.value = std::string_view(static_cast<const char*>(message->payload), message->len);
  }
  out.headers = headers_of(message);
  rd_kafka_timestamp_type_t type{};
  out.timestamp = rd_kafka_message_timestamp(message, &type);
  require(type == RD_KAFKA_TIMESTAMP_CREATE_TIME, "not a create time");
  return out;
}

rd_kafka_t* assigned(const char* bootstrap, const std::string& topic) {
  auto* consumer = client(RD_KAFKA_CONSUMER,
                          {{"bootstrap.servers", bootstrap},
                           {"group.id", "unused"},
                           {"enable.auto.commit", "false"},
                           {"auto.offset.reset", "error"},
                           {"fetch.wait.max.ms", "50"}},
                          nullptr);
  rd_kafka_poll_set_consumer(consumer);
  auto* partitions = rd_kafka_topic_partition_list_new(kPartitions);
  for (int p = 0; p < kPartitions; ++p) {
    rd_kafka_topic_partition_list_add(partitions, topic.c_str(), p)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  const auto error = rd_kafka_assign(consumer, partitions);
  require(error == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(error));
  rd_kafka_topic_partition_list_destroy(partitions);
  return consumer;
}

void verify(const char* bootstrap, const std::string& topic) {
  auto* consumer = assigned(bootstrap, topic);
  std::array<std::int64_t, kPartitions> next{};
  for (int seen = 0; seen < kPerTopic; ++seen) {
    auto* message = rd_kafka_consumer_poll(consumer, kTimeoutMs);
    require(message != nullptr, topic + ": silence after " + std::to_string(seen) + " records");
    require(message->err == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(message->err));
    auto& expected = next.at(static_cast<std::size_t>(message->partition));
    const auto i = message->partition + kPartitions * static_cast<int>(expected);
    require(message->offset == expected++, topic + ": offset of record " + std::to_string(i));
    require(read(message) == record(i), topic + ": content of record " + std::to_string(i));
    rd_kafka_message_destroy(message);
  }
  for (int p = 0; p < kPartitions; ++p) {
    std::int64_t low = -1, high = -1;
    const auto error =
        rd_kafka_query_watermark_offsets(consumer, topic.c_str(), p, &low, &high, kTimeoutMs);
    require(error == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(error));
    require(low == 0 && high == next.at(static_cast<std::size_t>(p)), topic + ": watermarks");
  }
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
}

}  // namespace

int main(int argc, char** argv) {
  require(argc == 2, "usage: librdkafka-round-trip BOOTSTRAP");
  for (const char* codec : {"none", "gzip", "snappy", "lz4", "zstd"}) {
    const auto topic = std::string("librdkafka-") + codec;
    produce(argv[1], topic, codec);
    verify(argv[1], topic);
    std::printf("%s: %d records\n", codec, kPerTopic);
  }
}
