#include "broker/api/config_rows.h"

namespace barnabas::broker::api {

std::vector<protocol::CreateTopicsResponse::CreatableTopicConfigs> created_topic_configs(
    const config::Config& config, const config::Properties& overrides) {
  std::vector<protocol::CreateTopicsResponse::CreatableTopicConfigs> rows;
  for (auto& row : config::describe_topic(config, overrides, std::nullopt)) {
    auto& out = rows.emplace_back();
    out.name = std::move(row.name);
    out.value = std::move(row.value);
    out.read_only = row.read_only;
    out.config_source = static_cast<std::int8_t>(row.source);
    out.is_sensitive = row.sensitive;
  }
  return rows;
}

std::vector<protocol::DescribeConfigsResponse::DescribeConfigsResourceResult> described(
    std::vector<config::ConfigRow> rows, bool with_synonyms) {
  std::vector<protocol::DescribeConfigsResponse::DescribeConfigsResourceResult> out;
  for (auto& row : rows) {
    auto& entry = out.emplace_back();
    entry.name = std::move(row.name);
    entry.value = std::move(row.value);
    entry.read_only = row.read_only;
    entry.config_source = static_cast<std::int8_t>(row.source);
    entry.is_sensitive = row.sensitive;
    entry.config_type = static_cast<std::int8_t>(row.type);
    entry.documentation.reset();
    if (!with_synonyms) continue;
    for (auto& synonym : row.synonyms) {
      auto& other = entry.synonyms.emplace_back();
      other.name = std::move(synonym.name);
      other.value = std::move(synonym.value);
      other.source = static_cast<std::int8_t>(synonym.source);
    }
  }
  return out;
}

}  // namespace barnabas::broker::api
