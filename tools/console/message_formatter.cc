#include "tools/console/message_formatter.h"

#include <fmt/format.h>

#include <array>

#include "tools/console/default_formatter.h"
#include "tools/console/internal_formatters.h"

namespace barnabas::tools {
namespace {

constexpr std::string_view kPackage = "org.apache.kafka.tools.consumer.";

enum class Kind { kDefault, kNone, kOffsets, kGroups, kTransactions };

struct Named {
  std::string_view name;  // in kPackage
  std::string_view old_name;
  Kind kind;
};

constexpr auto kFormatters = std::to_array<Named>({
    {"DefaultMessageFormatter", "kafka.tools.DefaultMessageFormatter", Kind::kDefault},
    // It logs what it prints, at a level that the tools' logger does not show.
    {"LoggingMessageFormatter", "kafka.tools.LoggingMessageFormatter", Kind::kDefault},
    {"NoOpMessageFormatter", "kafka.tools.NoOpMessageFormatter", Kind::kNone},
    {"OffsetsMessageFormatter",
     "kafka.coordinator.group.GroupMetadataManager$OffsetsMessageFormatter", Kind::kOffsets},
    {"GroupMetadataMessageFormatter",
     "kafka.coordinator.group.GroupMetadataManager$GroupMetadataMessageFormatter", Kind::kGroups},
    {"TransactionLogMessageFormatter",
     "kafka.coordinator.transaction.TransactionLog$TransactionLogMessageFormatter",
     Kind::kTransactions},
});

using Format = decltype(MessageFormatter::format);

// A formatter of internal topics: prints what it knows, and nothing of all else.
Format internal(InternalFormat known) {
  return [known](const ClientRecord& record) -> std::expected<std::string, std::string> {
    return known(record).value_or("");
  };
}

Format format_of(Kind kind, bool old_name, const log::Properties& properties) {
  switch (kind) {
    case Kind::kNone:
      return [](const ClientRecord&) -> std::expected<std::string, std::string> { return ""; };
    case Kind::kOffsets: return internal(old_name ? offset_text : offset_json);
    case Kind::kGroups: return internal(old_name ? group_text : group_json);
    case Kind::kTransactions: return internal(old_name ? transaction_text : transaction_json);
    case Kind::kDefault: break;
  }
  return [columns = DefaultFormatter(properties)](const ClientRecord& record) {
    return columns.format(record);
  };
}

}  // namespace

std::expected<MessageFormatter, std::string> message_formatter(std::string_view class_name,
                                                               const log::Properties& properties) {
  for (const auto& known : kFormatters) {
    const bool old_name = class_name == known.old_name;
    if (!old_name && class_name != std::string(kPackage).append(known.name)) continue;
    MessageFormatter formatter{format_of(known.kind, old_name, properties)};
    if (old_name) {
      formatter.deprecated = fmt::format(
          "WARNING: {} is deprecated and will be removed in the next major release. Please use "
          "{}{} instead",
          class_name, kPackage, known.name);
    }
    return formatter;
  }
  return std::unexpected(std::string(class_name));
}

}  // namespace barnabas::tools
