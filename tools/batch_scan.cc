#include "tools/batch_scan.h"

#include <fmt/format.h>

namespace barnabas::tools {

std::expected<std::optional<records::BatchView>, std::string> BatchScan::next() {
  const auto batch = reader_.next();
  if (!batch) return std::unexpected(fmt::format("{}: {}", name_, batch.error().message()));
  const auto& fault = reader_.fault();
  if (*batch || !fault || fault->is_short()) return *batch;
  if (fault->kind == records::BatchError::Kind::kTooSmall) {
    return std::unexpected(
        fmt::format("Found record size {} smaller than minimum record overhead (14) in file {}.",
                    fault->value, name_));
  }
  return std::unexpected(fmt::format("{} in file {}.", fault->message(), name_));
}

}  // namespace barnabas::tools
