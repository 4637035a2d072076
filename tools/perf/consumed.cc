#include "tools/perf/consumed.h"

#include <fmt/format.h>

#include "tools/java_date.h"

namespace barnabas::tools {
namespace {

constexpr double kMebi = 1024.0 * 1024.0;
constexpr std::string_view kFetchColumns =
    ", rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec\n";

double a_second(double amount, std::int64_t ms) {
  return ms <= 0 ? 0 : 1000.0 * amount / static_cast<double>(ms);
}

}  // namespace

std::string consumed_header(bool detailed) {
  return fmt::format("{}, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec{}",
                     detailed ? "time, threadId" : "start.time, end.time", kFetchColumns);
}

std::string consumed_total(const Consumed& first, const Consumed& last, env::WallTime joining,
                           const std::string& date_format) {
  const auto elapsed = (last.at - first.at).count();
  const auto fetching = elapsed - joining.count();
  const auto megabytes = static_cast<double>(last.bytes) / kMebi;
  const auto records = static_cast<double>(last.records);
  return fmt::format("{}, {}, {:.4f}, {:.4f}, {}, {:.4f}, {}, {}, {:.4f}, {:.4f}\n",
                     java_date(date_format, first.at), java_date(date_format, last.at), megabytes,
                     a_second(megabytes, elapsed), last.records, a_second(records, elapsed),
                     joining.count(), fetching, a_second(megabytes, fetching),
                     a_second(records, fetching));
}

std::string consumed_progress(const Consumed& before, const Consumed& now, env::WallTime joining,
                              const std::string& date_format) {
  const auto elapsed = (now.at - before.at).count();
  const auto fetching = elapsed - joining.count();
  const auto megabytes = static_cast<double>(now.bytes - before.bytes) / kMebi;
  const auto records = static_cast<double>(now.records - before.records);
  return fmt::format("{}, 0, {:.4f}, {:.4f}, {}, {:.4f}, {}, {}, {:.4f}, {:.4f}\n",
                     java_date(date_format, now.at), static_cast<double>(now.bytes) / kMebi,
                     a_second(megabytes, elapsed), now.records, a_second(records, elapsed),
                     joining.count(), fetching, a_second(megabytes, fetching),
                     a_second(records, fetching));
}

}  // namespace barnabas::tools
