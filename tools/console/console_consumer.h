// kafka-console-consumer: prints the records of topics until it is told to stop.
//
// Kafka       tools/consumer/ConsoleConsumer. Differs: classes of formatters and deserializers are
//             Kafka's own.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "env/clock.h"
#include "tools/console/console_consumer_options.h"
#include "tools/java_log.h"

namespace barnabas::tools {

// A consumer that reads what the order says; the error is the text of an exception.
using OpenSource = std::function<std::expected<std::unique_ptr<RecordSource>, std::string>(
    const ConsumeOrder&, JavaLog*)>;

// What the tool takes of the machine.
struct ConsumerWorld {
  OpenSource open;
  std::function<env::Instant()> now;
  std::function<int()> random;        // below 100000
  std::function<bool()> interrupted;  // told to stop
};

int run_console_consumer(std::span<const std::string> words, const ConsumerWorld& world,
                         Console console);

// On librdkafka.
std::expected<std::unique_ptr<RecordSource>, std::string> open_source(const ConsumeOrder& order,
                                                                      JavaLog* log);

}  // namespace barnabas::tools
