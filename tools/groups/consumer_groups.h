// kafka-consumer-groups: lists, describes and deletes consumer groups, and resets their offsets.
//
// Kafka       tools/consumer/group/ConsumerGroupCommand. Differs: no Java stacks; a partition that
//             --topic names twice is refused without showing Java objects.
#pragma once

#include <span>
#include <string>

#include "tools/admin_client.h"
#include "tools/console.h"

namespace barnabas::tools {

int run_consumer_groups(std::span<const std::string> words, const OpenClient& open,
                        Console console);

}  // namespace barnabas::tools
