// kafka-topics: create, list, describe, alter, delete.
//
// Kafka       tools/TopicCommand. Differs: --zookeeper, which Kafka took away in 3.0, works,
//             straight on the znodes
//             and with that time's rules; nothing of a Java log on standard error.
#pragma once

#include <expected>
#include <functional>
#include <span>
#include <string>

#include "tools/admin_client.h"
#include "tools/console.h"
#include "tools/topic_service.h"

namespace barnabas::tools {

// Opens a service and runs what uses it to its end; the error is why there is none.
class TopicServices {
 public:
  using Use = std::function<env::Task<int>(TopicService*)>;

  virtual ~TopicServices() = default;
  virtual std::expected<int, std::string> with_brokers(std::string bootstrap, AdminConfig config,
                                                       Use use) = 0;
  virtual std::expected<int, std::string> with_zookeeper(std::string connect, Use use) = 0;
};

int run_topics(std::span<const std::string> words, TopicServices& services, Console console);

}  // namespace barnabas::tools
