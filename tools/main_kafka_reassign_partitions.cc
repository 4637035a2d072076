#include <iostream>
#include <string>
#include <vector>

#include "env/posix/posix_random.h"
#include "tools/cluster_access.h"
#include "tools/reassign/reassign_partitions.h"

int main(int argc, char** argv) {
  namespace tools = barnabas::tools;
  const std::vector<std::string> words(argv + 1, argv + argc);
  barnabas::env::PosixRandom random;
  return tools::run_reassign_partitions(
      words, tools::with_admin_client, [&random] { return random.next(); }, {std::cout, std::cerr});
}
