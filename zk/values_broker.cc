// Brokers and the cluster: /cluster/id, /brokers/ids, /log_dir_event_notification,
// /latest_producer_id_block.
#include <charconv>

#include "zk/json.h"
#include "zk/values.h"

namespace barnabas::zk {
namespace {

namespace json = boost::json;

// "LISTENER://host:port" with an IPv6 host in brackets; an empty host is legal.
bool parse_endpoint(std::string_view text, BrokerEndpoint& out) {
  const auto scheme = text.find("://");
  const auto colon = text.rfind(':');
  if (scheme == std::string_view::npos || colon < scheme + 3) return false;
  out.listener = text.substr(0, scheme);
  std::string_view host = text.substr(scheme + 3, colon - scheme - 3);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  out.host = host;
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  return error == std::errc() && end == port.data() + port.size();
}

std::string format_endpoint(const BrokerEndpoint& endpoint) {
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  return endpoint.listener + "://" + (ipv6 ? "[" : "") + endpoint.host + (ipv6 ? "]" : "") + ":" +
         std::to_string(endpoint.port);
}

void read_endpoints(Document& document, BrokerRegistration& out) {
  const bool mapped = document.has("listener_security_protocol_map");
  const json::object protocols =
      mapped ? document.object("listener_security_protocol_map") : json::object();
  for (const json::value& value : document.array("endpoints")) {
    BrokerEndpoint endpoint;
    if (!value.is_string() || !parse_endpoint(value.get_string(), endpoint)) {
      return document.fail("an endpoint is not LISTENER://host:port");
    }
    endpoint.security_protocol = endpoint.listener;  // before version 4 they had one name
    if (const json::value* protocol = protocols.if_contains(endpoint.listener)) {
      if (!protocol->is_string()) return document.fail("a security protocol is not a string");
      endpoint.security_protocol = std::string(protocol->get_string());
    } else if (mapped) {
      return document.fail("no security protocol for listener " + endpoint.listener);
    }
    out.endpoints.push_back(std::move(endpoint));
  }
}

void read_features(Document& document, BrokerRegistration& out) {
  for (const auto& entry : document.object("features")) {
    Document range = document.inner(entry.value(), "features");
    VersionRange& found = out.features[std::string(entry.key())];
    found.min = range.number<std::int16_t>("min_version");
    found.max = range.number<std::int16_t>("max_version");
    document.adopt(range);
  }
}

const BrokerEndpoint* first_plaintext(const std::vector<BrokerEndpoint>& endpoints) {
  for (const BrokerEndpoint& endpoint : endpoints) {
    if (endpoint.security_protocol == "PLAINTEXT") return &endpoint;
  }
  return nullptr;
}

json::object features_object(const std::map<std::string, VersionRange>& features) {
  json::object all;
  for (const auto& [feature, range] : features) {
    all[feature] = json::object{{"min_version", range.min}, {"max_version", range.max}};
  }
  return all;
}

}  // namespace

Decoded<ClusterId> ClusterId::decode(std::string_view bytes) {
  Document document("cluster id", bytes);
  ClusterId out;
  if (!document.failed()) out.id = document.text("id");
  return document.result(std::move(out));
}

std::string ClusterId::encode() const {
  return json::serialize(json::object{{"version", "1"}, {"id", id}});
}

Decoded<BrokerRegistration> BrokerRegistration::decode(std::string_view bytes) {
  Document document("broker registration", bytes);
  BrokerRegistration out;
  if (document.failed()) return document.result(out);
  out.version = document.number<int>("version");
  if (out.version < 1) document.fail("version is below 1");
  if (out.version == 1) {
    out.endpoints.push_back(
        {"PLAINTEXT", "PLAINTEXT", document.text("host"), document.number<std::int32_t>("port")});
  } else {
    read_endpoints(document, out);
  }
  if (document.has("rack")) out.rack = document.text("rack");
  if (document.has("jmx_port")) out.jmx_port = document.number<int>("jmx_port");
  if (document.has("timestamp")) out.timestamp = document.named<Timestamp>("timestamp");
  if (document.has("features")) read_features(document, out);
  return document.result(std::move(out));
}

std::string BrokerRegistration::encode() const {
  const BrokerEndpoint* plain = first_plaintext(endpoints);
  json::array list;
  json::object protocols;
  for (const BrokerEndpoint& endpoint : endpoints) {
    list.emplace_back(format_endpoint(endpoint));
    protocols[endpoint.listener] = endpoint.security_protocol;
  }
  json::object object{{"version", version},
                      {"host", nullptr},
                      {"port", plain != nullptr ? plain->port : -1},
                      {"endpoints", std::move(list)},
                      {"jmx_port", jmx_port},
                      {"timestamp", std::to_string(timestamp.value)}};
  if (plain != nullptr) object["host"] = plain->host;
  if (version >= 3 && rack) object["rack"] = *rack;
  if (version >= 4) object["listener_security_protocol_map"] = std::move(protocols);
  if (version >= 5) object["features"] = features_object(features);
  return json::serialize(in_scala_order(object));
}

Decoded<LogDirEvent> LogDirEvent::decode(std::string_view bytes) {
  Document document("log dir event", bytes);
  LogDirEvent out;
  if (!document.failed()) out.broker = document.named<BrokerId>("broker");
  return document.result(out);
}

std::string LogDirEvent::encode() const {
  return json::serialize(json::object{{"version", 1}, {"broker", broker.value}, {"event", 1}});
}

Decoded<ProducerIdBlock> ProducerIdBlock::decode(std::string_view bytes) {
  Document document("producer id block", bytes);
  ProducerIdBlock out;
  if (document.failed()) return document.result(out);
  out.broker = document.named<BrokerId>("broker");
  out.first = document.named<ProducerId>("block_start");
  out.last = document.named<ProducerId>("block_end");
  if (out.last < out.first) document.fail("block_end is before block_start");
  return document.result(out);
}

std::string ProducerIdBlock::encode() const {
  return json::serialize(json::object{{"version", 1},
                                      {"broker", broker.value},
                                      {"block_start", std::to_string(first.value)},
                                      {"block_end", std::to_string(last.value)}});
}

}  // namespace barnabas::zk
