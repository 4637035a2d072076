// config::ConfigRow in the shapes of the two responses that carry it.
#pragma once

#include <vector>

#include "broker/config/describe.h"
#include "protocol/messages/create_topics.h"
#include "protocol/messages/describe_configs.h"

namespace barnabas::broker::api {

std::vector<protocol::CreateTopicsResponse::CreatableTopicConfigs> created_topic_configs(
    const config::Config& config, const config::Properties& overrides);

std::vector<protocol::DescribeConfigsResponse::DescribeConfigsResourceResult> described(
    std::vector<config::ConfigRow> rows, bool with_synonyms);

}  // namespace barnabas::broker::api
