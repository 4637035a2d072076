// kafka-verifiable-producer: sends numbers and says of each whether it was stored.
//
// Kafka       tools/VerifiableProducer.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "env/clock.h"
#include "tools/console.h"
#include "tools/console/console_producer.h"

namespace barnabas::tools {

// What the tool takes of the machine.
struct VerifiableWorld {
  OpenSink open;
  const env::Clock& clock;
  std::function<bool()> interrupted;  // told to stop
};

int run_verifiable_producer(std::span<const std::string> words, const VerifiableWorld& world,
                            Console console);

}  // namespace barnabas::tools
