#include "tools/perf/payloads.h"

#include <fmt/format.h>

#include <fstream>
#include <random>
#include <regex>
#include <sstream>

namespace barnabas::tools {
namespace {

// The same letters in each run.
Payloads letters(int size) {
  return [size, random = std::minstd_rand(0)](std::int64_t) mutable {
    std::string text(static_cast<std::size_t>(size), 'A');
    for (char& c : text) c = static_cast<char>('A' + random() % 26);
    return text;
  };
}

std::expected<Payloads, std::string> lines_of(const std::string& path, const std::string& delimiter,
                                              Console console) {
  console.out << "Reading payloads from: " << path << '\n';
  std::ostringstream text;
  if (std::ifstream file(path); file) text << file.rdbuf();
  const auto whole = text.str();
  if (whole.empty()) {
    return std::unexpected(
        "java.lang.IllegalArgumentException: File does not exist or empty file provided.");
  }
  const std::regex separator(delimiter);
  std::vector<std::string> lines(
      std::sregex_token_iterator(whole.begin(), whole.end(), separator, -1), {});
  while (lines.size() > 1 && lines.back().empty()) lines.pop_back();
  console.out << "Number of messages read: " << lines.size() << '\n';
  return [lines = std::move(lines), random = std::minstd_rand(0)](std::int64_t) mutable {
    return lines[random() % lines.size()];
  };
}

}  // namespace

std::expected<Payloads, std::string> payloads_of(const Arguments& arguments, Console console) {
  if (arguments.has("payload-monotonic")) {
    return [](std::int64_t n) { return std::to_string(n); };
  }
  const auto path = arguments.text("payload-file");
  if (path) {
    return lines_of(*path, arguments.text("payload-delimiter").value_or("\\n"), console);
  }
  const int size = arguments.number("record-size")->value_or(0);
  if (size < 0) {
    return std::unexpected(fmt::format(
        "java.lang.IllegalArgumentException: --record-size must be at least 0: {}", size));
  }
  return letters(size);
}

}  // namespace barnabas::tools
