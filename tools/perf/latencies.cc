#include "tools/perf/latencies.h"

#include <fmt/format.h>

namespace barnabas::tools {
namespace {

constexpr std::int64_t kMostKept = 500'000;
constexpr auto kWindow = std::chrono::seconds(5);
constexpr double kMebi = 1024.0 * 1024.0;

double milliseconds(env::Duration span) {
  return std::max(std::chrono::duration<double, std::milli>(span).count(), 1.0);
}

double mean(std::int64_t total, std::int64_t count) {
  return count == 0 ? 0 : static_cast<double>(total) / static_cast<double>(count);
}

}  // namespace

Latencies::Latencies(std::int64_t records, env::Instant begin)
    : sampling_(
          std::max<std::int64_t>(records / std::clamp<std::int64_t>(records, 1, kMostKept), 1)),
      begin_(begin),
      window_begin_(begin) {}

void Latencies::Sum::add(std::size_t size, std::int64_t ms) {
  ++count;
  bytes += static_cast<std::int64_t>(size);
  total_ms += ms;
  max_ms = std::max(max_ms, ms);
}

std::optional<std::string> Latencies::record(std::size_t bytes, env::Instant sent,
                                             env::Instant now) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - sent).count();
  if (all_.count % sampling_ == 0) kept_.push_back(ms);
  all_.add(bytes, ms);
  window_.add(bytes, ms);
  if (now - window_begin_ < kWindow) return std::nullopt;
  const auto elapsed = milliseconds(now - window_begin_);
  auto line = fmt::format(
      "{} records sent, {:.1f} records/sec ({:.2f} MB/sec), {:.1f} ms avg latency, {:.1f} ms max "
      "latency.\n",
      window_.count, 1000.0 * static_cast<double>(window_.count) / elapsed,
      1000.0 * static_cast<double>(window_.bytes) / elapsed / kMebi,
      mean(window_.total_ms, window_.count), static_cast<double>(window_.max_ms));
  window_ = {};
  window_begin_ = now;
  return line;
}

std::int64_t Latencies::percentile(double share) const {
  if (kept_.empty()) return 0;
  const auto index = static_cast<std::size_t>(share * static_cast<double>(kept_.size()));
  return kept_[std::min(index, kept_.size() - 1)];
}

std::string Latencies::total(env::Instant now) {
  std::ranges::sort(kept_);
  const auto elapsed = milliseconds(now - begin_);
  return fmt::format(
      "{} records sent, {:.6f} records/sec ({:.2f} MB/sec), {:.2f} ms avg latency, {:.2f} ms max "
      "latency, {} ms 50th, {} ms 95th, {} ms 99th, {} ms 99.9th.\n",
      all_.count, 1000.0 * static_cast<double>(all_.count) / elapsed,
      1000.0 * static_cast<double>(all_.bytes) / elapsed / kMebi, mean(all_.total_ms, all_.count),
      static_cast<double>(all_.max_ms), percentile(0.5), percentile(0.95), percentile(0.99),
      percentile(0.999));
}

}  // namespace barnabas::tools
