// The only list of what this broker serves. ApiVersions is computed from it.
//
// A new API is four touches: its schema, its handler, the handler's test, one line of table.cc.
#pragma once

#include <span>

#include "broker/api/context.h"
#include "broker/api/reply.h"
#include "protocol/api_key.h"
#include "protocol/reader.h"

namespace barnabas::broker::api {

struct Services;

// Decodes the body and answers it. A body that does not decode closes the connection.
using Handler = Reply (*)(Services& services, const RequestContext& context,
                          protocol::Reader& body);

struct Row {
  ApiKey key;
  std::int16_t min_version;
  std::int16_t max_version;
  Handler handler;
};

std::span<const Row> table();       // ascending by key
const Row* find(std::int16_t key);  // nullptr: not served

}  // namespace barnabas::broker::api
