#include <iostream>
#include <string>
#include <vector>

#include "env/posix/posix_files.h"
#include "tools/dump_log.h"

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  std::ios::sync_with_stdio(false);
  barnabas::env::PosixFiles files;
  return barnabas::tools::run_dump_log(words, files, {std::cout, std::cerr});
}
