#include <iostream>
#include <string>
#include <vector>

#include "env/posix/posix_clock.h"
#include "env/posix/posix_random.h"
#include "tools/client/interruption.h"
#include "tools/console/console_consumer.h"

int main(int argc, char** argv) {
  namespace tools = barnabas::tools;
  tools::note_interruptions();
  const std::vector<std::string> words(argv + 1, argv + argc);
  const barnabas::env::PosixClock clock;
  barnabas::env::PosixRandom random;
  const tools::ConsumerWorld world{tools::open_source, [&clock] { return clock.now(); },
                                   [&random] { return static_cast<int>(random.next() % 100000); },
                                   [] { return tools::interrupted().has_value(); }};
  const int code = tools::run_console_consumer(words, world, {std::cout, std::cerr});
  return tools::interrupted().value_or(code);
}
