#include <iostream>
#include <string>
#include <vector>

#include "env/posix/posix_clock.h"
#include "tools/perf/producer_perf.h"

int main(int argc, char** argv) {
  namespace tools = barnabas::tools;
  const std::vector<std::string> words(argv + 1, argv + argc);
  const barnabas::env::PosixClock clock;
  return tools::run_producer_perf(words, clock, {std::cout, std::cerr});
}
