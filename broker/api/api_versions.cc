// ApiVersions 0-4. v3: client software name and version (KIP-511); v4: features with minimum 0.
#include <algorithm>
#include <cctype>

#include "broker/api/answer.h"
#include "broker/api/handlers.h"
#include "broker/api/table.h"

namespace barnabas::broker::api {
namespace {

using protocol::ApiVersionsRequest;
using protocol::ApiVersionsResponse;

// KIP-511: letters, digits, dots and dashes; must start and end with a letter or digit.
bool is_software_text(const std::string& text) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) != 0; };
  return !text.empty() && plain(text.front()) && plain(text.back()) &&
         std::ranges::all_of(text,
                             [&](unsigned char c) { return plain(c) || c == '.' || c == '-'; });
}

ApiVersionsResponse::ApiVersion range(const Row& row) {
  ApiVersionsResponse::ApiVersion version;
  version.api_key = static_cast<std::int16_t>(row.key);
  version.min_version = row.min_version;
  version.max_version = row.max_version;
  return version;
}

// An unknown version gets a v0 body that says which versions we know.
Reply unsupported_version(RequestContext context) {
  ApiVersionsResponse response;
  response.error_code = ErrorCode::kUnsupportedVersion;
  response.api_keys.push_back(range(*find(static_cast<std::int16_t>(context.header.key))));
  context.header.version = 0;
  return reply(context, response);
}

ApiVersionsResponse everything(Services& services) {
  ApiVersionsResponse response;
  for (const auto& row : table()) response.api_keys.push_back(range(row));
  response.finalized_features_epoch = services.feature_epoch.load();
  return response;
}

}  // namespace

Reply handle_api_versions(Services& services, const RequestContext& context,
                          protocol::Reader& body) {
  const auto version = context.version();
  if (version < ApiVersionsRequest::kMinVersion || version > ApiVersionsRequest::kMaxVersion) {
    return unsupported_version(context);
  }
  auto request = ApiVersionsRequest::decode(body, version);
  if (!request) return malformed(context, request.error());
  if (version >= 3) {
    if (!is_software_text(request->client_software_name) ||
        !is_software_text(request->client_software_version)) {
      ApiVersionsResponse refused;
      refused.error_code = ErrorCode::kInvalidRequest;
      return reply(context, refused);
    }
    context.connection->software_name = request->client_software_name;
    context.connection->software_version = request->client_software_version;
  }
  return reply(context, everything(services));
}

}  // namespace barnabas::broker::api
