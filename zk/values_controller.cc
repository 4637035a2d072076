// The controller and the cluster's features: /controller, /controller_epoch, /feature, /migration.
#include <charconv>

#include "zk/json.h"
#include "zk/values.h"

namespace barnabas::zk {
namespace {

namespace json = boost::json;

constexpr int kFirstVersionWithoutMinimum = 2;

}  // namespace

Decoded<ControllerNode> ControllerNode::decode(std::string_view bytes) {
  Document document("controller", bytes);
  ControllerNode out;
  if (document.failed()) return document.result(out);
  out.broker = document.named<BrokerId>("brokerid");
  if (document.has("timestamp")) out.timestamp = document.named<Timestamp>("timestamp");
  if (document.has("kraftControllerEpoch")) {
    out.kraft_controller_epoch = document.number<int>("kraftControllerEpoch");
  }
  return document.result(out);
}

std::string ControllerNode::encode() const {
  return json::serialize(json::object{{"version", 2},
                                      {"brokerid", broker.value},
                                      {"timestamp", std::to_string(timestamp.value)},
                                      {"kraftControllerEpoch", kraft_controller_epoch}});
}

Decoded<ControllerEpoch> decode_controller_epoch(std::string_view bytes) {
  ControllerEpoch epoch;
  const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), epoch.value);
  if (error == std::errc() && end == bytes.data() + bytes.size()) return epoch;
  return std::unexpected("controller epoch: not a number");
}

std::string encode_controller_epoch(ControllerEpoch epoch) { return std::to_string(epoch.value); }

Decoded<FeatureNode> FeatureNode::decode(std::string_view bytes) {
  Document document("feature", bytes);
  FeatureNode out;
  if (document.failed()) return document.result(std::move(out));
  out.version = document.number<int>("version");
  if (out.version < 1 || out.version > 2) document.fail("version is neither 1 nor 2");
  const int status = document.number<int>("status");
  if (status != 0 && status != 1) document.fail("status is neither 0 nor 1");
  out.enabled = status == 1;
  if (document.has("features")) {
    for (const auto& entry : document.object("features")) {
      Document level = document.inner(entry.value(), "features");
      out.features[std::string(entry.key())] = level.number<std::int16_t>("max_version_level");
      document.adopt(level);
    }
  }
  return document.result(std::move(out));
}

std::string FeatureNode::encode() const {
  json::object all;
  for (const auto& [feature, level] : features) {
    json::object levels{{"max_version_level", level}};
    if (version < kFirstVersionWithoutMinimum) levels["min_version_level"] = level;
    all[feature] = std::move(levels);
  }
  return json::serialize(json::object{
      {"features", std::move(all)}, {"version", version}, {"status", enabled ? 1 : 0}});
}

Decoded<Migration> Migration::decode(std::string_view bytes) {
  Document document("migration", bytes);
  Migration out;
  if (document.failed()) return document.result(out);
  out.kraft_controller_id = document.named<BrokerId>("kraft_controller_id");
  out.kraft_controller_epoch = document.number<int>("kraft_controller_epoch");
  out.kraft_metadata_offset = document.named<Offset>("kraft_metadata_offset");
  out.kraft_metadata_epoch = document.number<int>("kraft_metadata_epoch");
  return document.result(out);
}

}  // namespace barnabas::zk
