#include <iostream>
#include <string>
#include <vector>

#include "tools/cluster_access.h"
#include "tools/groups/consumer_groups.h"

int main(int argc, char** argv) {
  namespace tools = barnabas::tools;
  const std::vector<std::string> words(argv + 1, argv + argc);
  return tools::run_consumer_groups(words, tools::with_admin_client, {std::cout, std::cerr});
}
