// Times as Java's tools print them, in the machine's time zone.
#pragma once

#include <string>

#include "env/clock.h"

namespace barnabas::tools {

// "2024-05-06 07:08:09,123"
std::string local_time(env::WallTime wall);

}  // namespace barnabas::tools
