// The list of errors against Kafka's own (ErrorTable.java).
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "protocol/error_code.h"

namespace barnabas {
namespace {

TEST(ErrorsTest, EveryErrorHasKafkasNameTextAndRetriability) {
  std::ifstream in(ERRORS);
  int errors = 0;
  for (std::string line; std::getline(in, line); ++errors) {
    std::istringstream fields(line);
    std::string number, their_name, retriable, text;
    std::getline(fields, number, '\t');
    std::getline(fields, their_name, '\t');
    std::getline(fields, retriable, '\t');
    std::getline(fields, text);
    const auto code = static_cast<ErrorCode>(std::stoi(number));
    EXPECT_EQ(name(code), their_name) << number;
    EXPECT_EQ(message(code), text) << their_name;
    EXPECT_EQ(is_retriable(code), retriable == "true") << their_name;
  }
  EXPECT_EQ(errors, 129);
}

}  // namespace
}  // namespace barnabas
