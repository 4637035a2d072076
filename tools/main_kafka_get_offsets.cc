#include <iostream>
#include <string>
#include <vector>

#include "tools/admin/get_offsets.h"
#include "tools/cluster_access.h"

int main(int argc, char** argv) {
  namespace tools = barnabas::tools;
  const std::vector<std::string> words(argv + 1, argv + argc);
  return tools::run_get_offsets(words, tools::with_admin_client, {std::cout, std::cerr});
}
