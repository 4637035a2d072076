// A topic of one partition for a tool that needs one.
//
// Kafka       tools/EndToEndLatency.createTopic.
#pragma once

#include <string>

#include "tools/console.h"
#include "tools/topics.h"

namespace barnabas::tools {

// Makes it if it is not there, and says so before. The exit code.
int ensure_topic(TopicServices& services, const std::string& bootstrap, const std::string& topic,
                 Console console);

}  // namespace barnabas::tools
