// Floating-point numbers as Java's String.valueOf prints them.
#pragma once

#include <string>

namespace barnabas::tools {

// "1.0", "3.667481662591687", "1.0E10", "NaN", "-Infinity"
std::string java_text(double number);
std::string java_text(float number);

}  // namespace barnabas::tools
