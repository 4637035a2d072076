#include <csignal>
#include <cstdlib>
#include <iostream>

#include "tools/server_stop.h"

int main() {
  const char* signal = std::getenv("SIGNAL");  // as Apache's script has it
  return barnabas::tools::run_server_stop(
      "/proc", signal == nullptr ? "TERM" : signal,
      [](int pid, int number) { return kill(pid, number) == 0; }, {std::cout, std::cerr});
}
