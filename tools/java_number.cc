#include "tools/java_number.h"

#include <array>
#include <charconv>
#include <cmath>

namespace barnabas::tools {
namespace {

template <class Number>
std::string shortest(Number number, std::chars_format format) {
  std::array<char, 400> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number, format);
  return {text.data(), end};
}

// "1e+10" -> "1.0E10"
std::string scientific(std::string text) {
  const auto e = text.find('e');
  auto mantissa = text.substr(0, e);
  if (mantissa.find('.') == std::string::npos) mantissa += ".0";
  const bool negative = text[e + 1] == '-';
  auto exponent = text.substr(e + 2);
  exponent.erase(0, exponent.find_first_not_of('0'));
  return mantissa + 'E' + (negative ? "-" : "") + exponent;
}

template <class Number>
std::string shown(Number number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  const auto size = std::abs(number);
  if (size != 0 && (size < Number(1e-3) || size >= Number(1e7))) {
    return scientific(shortest(number, std::chars_format::scientific));
  }
  auto text = shortest(number, std::chars_format::fixed);
  if (text.find('.') == std::string::npos) text += ".0";
  return text;
}

}  // namespace

std::string java_text(double number) { return shown(number); }
std::string java_text(float number) { return shown(number); }

}  // namespace barnabas::tools
