#include "tools/admin_config.h"

#include <gtest/gtest.h>

namespace barnabas::tools {
namespace {

std::string refused(const log::Properties& given) {
  const auto config = admin_config(given);
  return config ? "" : config.error();
}

TEST(AdminConfigTest, ItSaysTimeoutsAndTheName) {
  const auto config = admin_config({{"request.timeout.ms", "2000"},
                                    {"default.api.timeout.ms", "3000"},
                                    {"client.id", "me"},
                                    {"security.protocol", "plaintext"},
                                    {"no.such.key", "x"},
                                    {"acks", "none of an admin's"}});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->request_timeout, std::chrono::seconds(2));
  EXPECT_EQ(config->call_timeout, std::chrono::seconds(3));
  EXPECT_EQ(config->client_id, "me");
}

TEST(AdminConfigTest, WithoutAWordItIsKafkas) {
  const auto config = admin_config({{"client.id", ""}});
  EXPECT_EQ(config->request_timeout, std::chrono::seconds(30));
  EXPECT_EQ(config->call_timeout, std::chrono::seconds(60));
  EXPECT_EQ(config->client_id, "adminclient-1");
}

// As the real kafka-topics ended, without its stack trace.
TEST(AdminConfigTest, BadValuesAreRefusedInKafkasWords) {
  EXPECT_EQ(refused({{"request.timeout.ms", "abc"}}),
            "Invalid value abc for configuration request.timeout.ms: Not a number of type INT");
  EXPECT_EQ(refused({{"request.timeout.ms", "-1"}}),
            "Invalid value -1 for configuration request.timeout.ms: Value must be at least 0");
  EXPECT_EQ(refused({{"security.protocol", "FOO"}}),
            "Invalid value FOO for configuration security.protocol: String must be one of (case "
            "insensitive): SASL_SSL, PLAINTEXT, SSL, SASL_PLAINTEXT");
}

TEST(AdminConfigTest, ACallLastsAsLongAsOneRequestAtLeast) {
  EXPECT_EQ(refused({{"default.api.timeout.ms", "1000"}}), "Failed to create new KafkaAdminClient");
  EXPECT_EQ(admin_config({{"request.timeout.ms", "90000"}})->call_timeout,
            std::chrono::seconds(90));
}

// What somebody wants encrypted is not sent in plain text.
TEST(AdminConfigTest, AProtocolThatWeDoNotSpeakIsRefused) {
  EXPECT_EQ(refused({{"security.protocol", "SASL_SSL"}}),
            "Failed to create new KafkaAdminClient\nThis tool speaks PLAINTEXT only, not SASL_SSL");
}

}  // namespace
}  // namespace barnabas::tools
