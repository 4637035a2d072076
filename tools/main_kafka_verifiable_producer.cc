#include <iostream>
#include <string>
#include <vector>

#include "env/posix/posix_clock.h"
#include "tools/client/interruption.h"
#include "tools/client/producer.h"
#include "tools/verifiable/verifiable_producer.h"

int main(int argc, char** argv) {
  namespace tools = barnabas::tools;
  tools::note_interruptions();
  const std::vector<std::string> words(argv + 1, argv + argc);
  const barnabas::env::PosixClock clock;
  const tools::VerifiableWorld world{tools::Producer::open, clock,
                                     [] { return tools::interrupted().has_value(); }};
  const int code = tools::run_verifiable_producer(words, world, {std::cout, std::cerr});
  return tools::interrupted().value_or(code);
}
