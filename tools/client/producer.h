// A producer as Kafka's tools use it, on librdkafka.
//
// Owns        the client. close by flush(); what is unsent when it is destroyed is lost.
// Threading   one thread.
// Bounds      buffer.memory; send() waits for room and for a topic's metadata at most max.block.ms.
// Kafka       clients/producer/KafkaProducer. Differs: a record without a key goes to a partition
//             by chance for a moment at a time, not for a batch at a time.
#pragma once

#include <expected>
#include <memory>
#include <set>
#include <string>

#include "tools/client/native_client.h"
#include "tools/client/record.h"

namespace barnabas::tools {

class Producer : public RecordSink {
 public:
  // The error is the text of an exception. `log` lives as long as the producer.
  static std::expected<std::unique_ptr<Producer>, std::string> open(const Properties& properties,
                                                                    JavaLog* log);

  void send(ClientRecord record, Delivered done) override;
  void flush() override;
  void serve(Milliseconds wait) override;

  // With a transactional.id in the configuration. The error is the text of an exception.
  std::expected<void, std::string> init_transactions();
  std::expected<void, std::string> begin_transaction();
  std::expected<void, std::string> commit_transaction();

 private:
  explicit Producer(const Properties& properties, JavaLog* log);

  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*);
  // The error: why there is nobody to send to.
  std::expected<void, std::string> await_topic(const std::string& topic);
  std::expected<void, std::string> enqueue(const ClientRecord& record, Delivered* done);

  Opaque opaque_;
  std::int64_t max_request_size_;
  Milliseconds max_block_;
  std::set<std::string> known_topics_;
  NativeClient client_;
};

// How long a record is on the wire at most, as Kafka's producer reckons.
std::int64_t size_upper_bound(const ClientRecord& record);

}  // namespace barnabas::tools
