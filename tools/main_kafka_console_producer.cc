#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "tools/client/interruption.h"
#include "tools/client/producer.h"
#include "tools/console/console_producer.h"

int main(int argc, char** argv) {
  namespace tools = barnabas::tools;
  tools::note_interruptions();
  const std::vector<std::string> words(argv + 1, argv + argc);
  const tools::Typed typed{std::cin, isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0};
  const int code =
      tools::run_console_producer(words, typed, tools::Producer::open, {std::cout, std::cerr});
  return tools::interrupted().value_or(code);
}
