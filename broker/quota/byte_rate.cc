#include "broker/quota/byte_rate.h"

#include <algorithm>

namespace barnabas::broker::quota {

ByteRate::Sample& ByteRate::present(env::Instant now) {
  if (samples_.empty()) samples_.push_back({now, now});
  if (now - samples_[current_].start < window_.sample) return samples_[current_];
  current_ = (current_ + 1) % static_cast<std::size_t>(window_.samples);
  if (current_ >= samples_.size()) samples_.emplace_back();
  samples_[current_] = {now, now};
  return samples_[current_];
}

void ByteRate::record(std::int64_t bytes, env::Instant now) {
  Sample& sample = present(now);
  sample.bytes += bytes;
  sample.last = now;
}

void ByteRate::forget_old(env::Instant now) {
  for (Sample& sample : samples_) {
    if (now - sample.last >= window_.samples * window_.sample) sample = {now, now};
  }
}

double ByteRate::bytes_per_second(env::Instant now) {
  if (samples_.empty()) return 0;
  forget_old(now);
  std::int64_t bytes = 0;
  for (const Sample& sample : samples_) bytes += sample.bytes;
  const auto oldest = std::ranges::min(samples_, {}, &Sample::start).start;
  const std::chrono::duration<double> elapsed = std::max(now - oldest, window_.sample);
  return static_cast<double>(bytes) / elapsed.count();
}

}  // namespace barnabas::broker::quota
