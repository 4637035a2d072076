#include <iostream>
#include <string>
#include <vector>

#include "env/posix/posix_clock.h"
#include "tools/cluster_access.h"
#include "tools/perf/e2e_latency.h"
#include "tools/perf/ensure_topic.h"

int main(int argc, char** argv) {
  namespace tools = barnabas::tools;
  const std::vector<std::string> words(argv + 1, argv + argc);
  const barnabas::env::PosixClock clock;
  const tools::Console console{std::cout, std::cerr};
  tools::ClusterAccess access;
  const auto ensure = [&](const std::string& bootstrap, const std::string& topic) {
    return tools::ensure_topic(access, bootstrap, topic, console);
  };
  return tools::run_e2e_latency(words, clock, ensure, console);
}
