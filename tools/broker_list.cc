#include "tools/broker_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

namespace barnabas::tools {

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (comma > 0) words.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return words;
}

Parsed<std::vector<BrokerId>> parse_brokers(std::string_view text) {
  std::vector<BrokerId> brokers;
  for (const auto& word : split_list(text)) {
    std::int32_t id = 0;
    const char* last = word.data() + word.size();
    const auto [end, error] = std::from_chars(word.data(), last, id);
    if (error != std::errc() || end != last) {
      return std::unexpected(fmt::format("For input string: \"{}\"", word));
    }
    brokers.emplace_back(id);
  }
  return brokers;
}

std::string join(const std::vector<BrokerId>& brokers) {
  std::vector<std::int32_t> numbers;
  for (const auto broker : brokers) numbers.push_back(broker.value);
  return fmt::format("{}", fmt::join(numbers, ","));
}

}  // namespace barnabas::tools
