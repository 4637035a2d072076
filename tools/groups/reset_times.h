// The points in time that --to-datetime and --by-duration name.
//
// Kafka       clients Utils.getDateTime (java.text.SimpleDateFormat), java.time.Duration.parse.
//             The errors are theirs.
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

#include "env/clock.h"

namespace barnabas::tools {

// "2026-01-31T10:00:00.000", in UTC; with an offset behind it ("Z", "+08", "+08:00") by that. What
// comes after is not looked at.
std::expected<env::WallTime, std::string> parse_datetime(std::string_view text);

// "P1DT2H3M4.5S", each part with a sign if need be; rounded up to whole milliseconds.
std::expected<std::chrono::milliseconds, std::string> parse_duration(std::string_view text);

}  // namespace barnabas::tools
