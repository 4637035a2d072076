// What kafka-console-producer takes, and the configuration of its producer.
//
// Kafka       tools/ConsoleProducer.ConsoleProducerOptions.
#pragma once

#include <expected>
#include <string>

#include "tools/client/client_config.h"
#include "tools/options.h"

namespace barnabas::tools {

Options console_producer_options();

// The error is a sentence or the text of an exception, to be printed alone.
std::expected<Properties, std::string> console_producer_config(const Arguments& arguments);
// --property and --reader-config.
std::expected<Properties, std::string> line_reader_config(const Arguments& arguments);

// "h:9092,h2:9092" with a port each.
bool is_server_list(std::string_view text);

}  // namespace barnabas::tools
