// Times by a pattern of java.text.SimpleDateFormat, in the machine's time zone.
#pragma once

#include <string>
#include <string_view>

#include "env/clock.h"

namespace barnabas::tools {

// Knows yyyy, MM, dd, HH, mm, ss and SSS in any length; other letters stand for themselves.
std::string java_date(std::string_view pattern, env::WallTime wall);

}  // namespace barnabas::tools
