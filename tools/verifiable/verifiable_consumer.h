// kafka-verifiable-consumer: reads as a member of a group, and says what it was given and read.
//
// Kafka       tools/VerifiableConsumer. Differs: --group-protocol is classic, which is all that
//             ZooKeeper mode speaks.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "env/clock.h"
#include "tools/console.h"

namespace barnabas::tools {

int run_verifiable_consumer(std::span<const std::string> words, const env::Clock& clock,
                            const std::function<bool()>& interrupted, Console console);

}  // namespace barnabas::tools
