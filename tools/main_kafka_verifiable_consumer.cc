#include <iostream>
#include <string>
#include <vector>

#include "env/posix/posix_clock.h"
#include "tools/client/interruption.h"
#include "tools/verifiable/verifiable_consumer.h"

int main(int argc, char** argv) {
  namespace tools = barnabas::tools;
  tools::note_interruptions();
  const std::vector<std::string> words(argv + 1, argv + argc);
  const barnabas::env::PosixClock clock;
  const auto told = [] { return tools::interrupted().has_value(); };
  const int code = tools::run_verifiable_consumer(words, clock, told, {std::cout, std::cerr});
  return tools::interrupted().value_or(code);
}
