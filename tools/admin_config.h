// The file of --command-config, as far as it can say something to an AdminClient.
//
// Kafka       clients/admin/AdminClientConfig. Differs: what makes no difference here is only
//             checked; a security.protocol that we do not speak is refused.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "log/java_properties.h"
#include "tools/admin_client.h"
#include "tools/options.h"

namespace barnabas::tools {

// The error is the message of Java's exception: "Invalid value x for configuration ...". Keys that
// are not Kafka's are dropped, as there.
std::expected<AdminConfig, std::string> admin_config(const log::Properties& given);

// Of the file that the option names, if it stands; of one that is missing, the error is its name.
std::expected<AdminConfig, std::string> admin_config_of(const Arguments& arguments,
                                                        std::string_view option);

}  // namespace barnabas::tools
