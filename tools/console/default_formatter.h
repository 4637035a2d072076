// A record in columns: time, partition, offset, headers, key, value.
//
// Kafka       tools/consumer/DefaultMessageFormatter.
#pragma once

#include <expected>
#include <string>

#include "log/java_properties.h"
#include "tools/client/record.h"
#include "tools/console/deserializers.h"

namespace barnabas::tools {

class DefaultFormatter {
 public:
  explicit DefaultFormatter(const log::Properties& properties);

  // The error is the text of an exception.
  std::expected<std::string, std::string> format(const ClientRecord& record) const;

 private:
  using Text = std::expected<std::string, std::string>;
  Text field(const Field& field, const Deserializer& deserialize) const;
  Text headers(const ClientRecord& record) const;

  bool timestamp_ = false;
  bool partition_ = false;
  bool offset_ = false;
  bool headers_ = false;
  bool key_ = false;
  bool value_ = false;
  std::string key_separator_;
  std::string line_separator_;
  std::string headers_separator_;
  std::string null_literal_;
  Deserializer key_deserializer_;
  Deserializer value_deserializer_;
  Deserializer headers_deserializer_;
};

}  // namespace barnabas::tools
