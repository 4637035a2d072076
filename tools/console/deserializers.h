// A record's bytes as text, by the name of one of Kafka's deserializer classes.
//
// Kafka       common/serialization. Differs: the classes are Kafka's own, in UTF-8;
//             ByteArrayDeserializer shows the bytes, not where Java keeps them.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>

namespace barnabas::tools {

// The error is the text of an exception.
using Deserializer = std::function<std::expected<std::string, std::string>(std::string_view)>;

// A name that is none of Kafka's classes: the bytes as they are.
Deserializer deserializer(std::string_view class_name);

}  // namespace barnabas::tools
