// The small language of these tests: a Config out of a few lines, a data file as rows.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/config.h"

namespace barnabas::broker::config {

inline std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  if (text.ends_with(separator)) parts.emplace_back();
  return parts;
}

inline std::string data_text(const std::string& name) {
  std::ifstream file(std::string(TEST_DATA) + "/config/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

inline std::vector<std::string> data_lines(const std::string& name) {
  std::vector<std::string> lines;
  std::stringstream stream(data_text(name));
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

inline std::expected<Config, ConfigError> try_config(Properties given) {
  given.emplace("zookeeper.connect", "zk:2181");
  return Config::from(std::move(given));
}

inline Config config_of(Properties given = {}) {
  auto config = try_config(std::move(given));
  if (!config) throw std::runtime_error(config.error().text);
  return std::move(*config);
}

}  // namespace barnabas::broker::config
