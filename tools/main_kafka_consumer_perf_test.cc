#include <iostream>
#include <string>
#include <vector>

#include "env/posix/posix_clock.h"
#include "env/posix/posix_random.h"
#include "tools/perf/consumer_perf.h"

int main(int argc, char** argv) {
  namespace tools = barnabas::tools;
  const std::vector<std::string> words(argv + 1, argv + argc);
  const barnabas::env::PosixClock clock;
  barnabas::env::PosixRandom random;
  return tools::run_consumer_perf(words, clock,
                                  [&random] { return static_cast<int>(random.next() % 100000); },
                                  {std::cout, std::cerr});
}
