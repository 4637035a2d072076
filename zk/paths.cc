#include "zk/paths.h"

#include <cctype>
#include <charconv>

namespace barnabas::zk::paths {
namespace {

std::string join(std::string_view directory, std::string_view name) {
  std::string path;
  path.reserve(directory.size() + 1 + name.size());
  path.append(directory).append(1, '/').append(name);
  return path;
}

std::string entity(std::string_view name) {
  return name == kDefaultEntity ? std::string(name) : sanitize(name);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_plain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
}

}  // namespace

std::string broker(BrokerId id) { return join(kBrokerIds, std::to_string(id.value)); }
std::string topic(std::string_view topic) { return join(kBrokerTopics, topic); }
std::string topic_partitions(std::string_view name) { return topic(name) + "/partitions"; }
std::string partition(const TopicPartition& tp) {
  return join(topic_partitions(tp.topic), std::to_string(tp.partition.value));
}
std::string partition_state(const TopicPartition& tp) { return partition(tp) + "/state"; }
std::string delete_topic(std::string_view topic) { return join(kDeleteTopics, topic); }

std::string config_type(std::string_view type) { return join(kConfig, type); }
std::string topic_config(std::string_view topic) { return join("/config/topics", topic); }
std::string broker_config(BrokerId id) { return join("/config/brokers", std::to_string(id.value)); }
std::string default_broker_config() { return join("/config/brokers", kDefaultEntity); }
std::string client_config(std::string_view client) {
  return join("/config/clients", entity(client));
}
std::string user_config(std::string_view user) { return join("/config/users", entity(user)); }
std::string user_clients(std::string_view user) { return user_config(user) + "/clients"; }
std::string user_client_config(std::string_view user, std::string_view client) {
  return join(user_clients(user), entity(client));
}
std::string ip_config(std::string_view ip) { return join("/config/ips", entity(ip)); }
std::string config_entity_path(std::string_view config_path) {
  constexpr std::string_view kPrefix = "/config/";
  if (config_path.starts_with(kPrefix)) config_path.remove_prefix(kPrefix.size());
  return std::string(config_path);
}

std::string acl_directory(bool prefixed, std::string_view resource_type) {
  return join(prefixed ? join(kExtendedAcl, "prefixed") : kAcl, resource_type);
}
std::string acl(bool prefixed, std::string_view resource_type, std::string_view name) {
  return join(acl_directory(prefixed, resource_type), name);
}
std::string token(std::string_view token_id) { return join(kTokens, token_id); }

std::string sanitize(std::string_view name) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : name) {
    if (is_plain(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return out;
}

std::optional<std::string> desanitize(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '+') {  // what URLEncoder alone would have written
      out += ' ';
    } else if (name[i] != '%') {
      out += name[i];
    } else {
      if (i + 2 >= name.size()) return std::nullopt;
      const int high = hex_digit(name[i + 1]);
      const int low = hex_digit(name[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  return out;
}

std::optional<std::int64_t> sequence_number(std::string_view node_name, std::string_view prefix) {
  prefix = leaf(prefix);
  if (!node_name.starts_with(prefix)) return std::nullopt;
  const std::string_view digits = node_name.substr(prefix.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::string_view parent(std::string_view path) {
  const auto slash = path.rfind('/');
  if (path.size() <= 1 || slash == std::string_view::npos) return {};
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

std::string_view leaf(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace barnabas::zk::paths
