// kafka-console-producer: sends the lines of its standard input to a topic.
//
// Kafka       tools/ConsoleProducer. Differs: --line-reader takes no class but Kafka's own.
#pragma once

#include <functional>
#include <istream>
#include <memory>
#include <span>
#include <string>

#include "tools/client/client_config.h"
#include "tools/client/record.h"
#include "tools/java_log.h"
#include "tools/options.h"

namespace barnabas::tools {

// Makes the producer; the error is the text of an exception.
using OpenSink = std::function<std::expected<std::unique_ptr<RecordSink>, std::string>(
    const Properties&, JavaLog*)>;

struct Typed {
  std::istream& in;
  bool by_hand = false;  // on a terminal: print a prompt
};

int run_console_producer(std::span<const std::string> words, Typed typed, const OpenSink& open,
                         Console console);

}  // namespace barnabas::tools
