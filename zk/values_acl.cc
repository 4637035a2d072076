// Who may do what: ACLs, their change notes, delegation tokens.
#include <algorithm>
#include <cctype>

#include "zk/json.h"
#include "zk/paths.h"
#include "zk/values.h"

namespace barnabas::zk {
namespace {

namespace json = boost::json;

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string principal(Document& document, const std::string& encoded) {
  auto plain = paths::desanitize(encoded);
  if (!plain) document.fail("a principal has a broken %-escape");
  return plain.value_or("");
}

void read_renewers(Document& document, DelegationTokenInfo& out) {
  for (const json::value& value : document.array("renewers")) {
    if (!value.is_string()) return document.fail("a renewer is not a string");
    out.renewers.push_back(principal(document, std::string(value.get_string())));
  }
}

Decoded<AclChange> decode_literal_change(std::string_view bytes) {
  const auto colon = bytes.find(':');
  if (colon == std::string_view::npos) return std::unexpected("acl change: not TYPE:name");
  AclChange out;
  out.resource_type = bytes.substr(0, colon);
  out.name = bytes.substr(colon + 1);
  return out;
}

}  // namespace

Decoded<AclNode> AclNode::decode(std::string_view bytes) {
  AclNode out;
  if (bytes.empty()) return out;
  Document document("acl", bytes);
  if (document.failed()) return document.result(std::move(out));
  if (document.number<int>("version") != 1) document.fail("version is not 1");
  for (const json::value& value : document.array("acls")) {
    Document entry = document.inner(value, "acls");
    if (!entry.failed()) {
      out.acls.push_back({entry.text("principal"), entry.text("permissionType"), entry.text("host"),
                          entry.text("operation")});
    }
    document.adopt(entry);
  }
  return document.result(std::move(out));
}

std::string AclNode::encode() const {
  json::array list;
  for (const AclEntry& acl : acls) {
    list.push_back(json::object{{"principal", acl.principal},
                                {"permissionType", acl.permission},
                                {"host", acl.host},
                                {"operation", acl.operation}});
  }
  return json::serialize(json::object{{"acls", std::move(list)}, {"version", 1}});
}

Decoded<AclChange> AclChange::decode(std::string_view bytes) {
  if (!bytes.starts_with('{')) return decode_literal_change(bytes);
  Document document("acl change", bytes);
  AclChange out;
  if (document.failed()) return document.result(std::move(out));
  out.resource_type = document.text("resourceType");
  out.name = document.text("name");
  const std::string pattern = upper(document.text("patternType"));
  if (!document.failed() && pattern != "PREFIXED" && pattern != "LITERAL") {
    document.fail("patternType is unknown");
  }
  out.prefixed = pattern == "PREFIXED";
  return document.result(std::move(out));
}

std::string AclChange::encode() const {
  if (!prefixed) return upper(resource_type) + ':' + name;
  return json::serialize(json::object{{"version", 1},
                                      {"resourceType", upper(resource_type)},
                                      {"name", name},
                                      {"patternType", "PREFIXED"}});
}

Decoded<DelegationTokenInfo> DelegationTokenInfo::decode(std::string_view bytes) {
  Document document("delegation token", bytes);
  DelegationTokenInfo out;
  if (document.failed()) return document.result(std::move(out));
  out.token_id = document.text("tokenId");
  out.owner = principal(document, document.text("owner"));
  out.requester = document.has("tokenRequester")
                      ? principal(document, document.text("tokenRequester"))
                      : out.owner;
  read_renewers(document, out);
  out.issued = document.named<Timestamp>("issueTimestamp");
  out.expires = document.named<Timestamp>("expiryTimestamp");
  out.max = document.named<Timestamp>("maxTimestamp");
  return document.result(std::move(out));
}

std::string DelegationTokenInfo::encode() const {
  json::array names;
  for (const std::string& renewer : renewers) names.emplace_back(paths::sanitize(renewer));
  return json::serialize(json::object{{"issueTimestamp", issued.value},
                                      {"renewers", std::move(names)},
                                      {"tokenRequester", paths::sanitize(requester)},
                                      {"tokenId", token_id},
                                      {"owner", paths::sanitize(owner)},
                                      {"expiryTimestamp", expires.value},
                                      {"maxTimestamp", max.value},
                                      {"version", 3}});
}

}  // namespace barnabas::zk
