// A consumer as Kafka's tools use it, on librdkafka.
//
// Owns        the client; leaves its group when it is closed or destroyed.
// Threading   one thread; the hooks are called from within poll() and close().
// Kafka       clients/consumer/KafkaConsumer. Differs: patterns are ECMAScript expressions, sought
//             by the tool each metadata.max.age.ms.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "env/clock.h"
#include "tools/client/native_client.h"
#include "tools/client/record.h"

namespace barnabas::tools {

struct PartitionOffset {
  std::string topic;
  PartitionIndex partition{0};
  Offset offset{-1};
};

inline constexpr Offset kEarliest{RD_KAFKA_OFFSET_BEGINNING};
inline constexpr Offset kLatest{RD_KAFKA_OFFSET_END};

struct ConsumerHooks {
  std::function<void(const std::vector<PartitionOffset>&)> assigned = {};
  std::function<void(const std::vector<PartitionOffset>&)> revoked = {};
};

class Consumer : public RecordSource {
 public:
  // The error is the text of an exception. `log` lives as long as the consumer.
  static std::expected<std::unique_ptr<Consumer>, std::string> open(const Properties& properties,
                                                                    JavaLog* log,
                                                                    ConsumerHooks hooks = {});
  ~Consumer() override;

  void subscribe(const std::vector<std::string>& topics);
  void subscribe_matching(const std::string& pattern);  // a valid one
  // `offset` may be kEarliest or kLatest.
  void assign(const std::vector<PartitionOffset>& positions);

  Polled poll(Milliseconds wait) override;
  // The error is the text of an exception.
  std::expected<void, std::string> commit(const std::vector<PartitionOffset>& offsets);
  // Where the log of a partition begins and ends now.
  std::optional<std::pair<Offset, Offset>> watermarks(const std::string& topic,
                                                      PartitionIndex partition, Milliseconds wait);
  std::vector<PartitionIndex> partitions(const std::string& topic, Milliseconds wait);
  void close();

 private:
  struct Callbacks : Opaque {
    ConsumerHooks hooks;
  };

  explicit Consumer(const Properties& properties, JavaLog* log, ConsumerHooks hooks);

  static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque);
  void look_for_matches(Milliseconds wait);
  Polled read(const rd_kafka_message_t& message) const;

  Callbacks callbacks_;
  env::Duration metadata_age_;
  bool internal_topics_too_;
  std::optional<std::regex> pattern_;
  std::vector<std::string> matches_;
  std::optional<env::Instant> looked_;
  NativeClient client_;
};

}  // namespace barnabas::tools
