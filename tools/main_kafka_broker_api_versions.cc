#include <iostream>
#include <string>
#include <vector>

#include "tools/broker_api_versions.h"

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  return barnabas::tools::run_broker_api_versions(words, {std::cout, std::cerr});
}
