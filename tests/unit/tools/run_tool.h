// Runs a tool in the test's process and shows what it wrote.
#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/console.h"

namespace barnabas::tools {

struct Ran {
  std::string out;
  std::string err;
  int code = 0;
};

inline std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::istringstream stream{std::string(line)};
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

template <class Tool>
Ran run_tool(std::string_view line, Tool tool) {
  std::ostringstream out, err;
  const auto words = words_of(line);
  const int code = tool(words, Console{out, err});
  return {out.str(), err.str(), code};
}

}  // namespace barnabas::tools
