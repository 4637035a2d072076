#include <iostream>
#include <string>
#include <vector>

#include "tools/cluster_access.h"
#include "tools/topics.h"

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  barnabas::tools::ClusterAccess access;
  return barnabas::tools::run_topics(words, access, {std::cout, std::cerr});
}
