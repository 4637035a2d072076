#include "controller/ibp.h"

#include <array>
#include <charconv>
#include <span>

namespace barnabas::controller {
namespace {

struct Step {
  Ibp from;
  std::int16_t version;
};

// The first step (they are sorted downwards) that the cluster has reached.
std::int16_t pick(const Ibp& ibp, std::span<const Step> steps) {
  for (const Step& step : steps) {
    if (ibp >= step.from) return step.version;
  }
  return 0;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::int16_t Ibp::leader_and_isr() const {
  static constexpr std::array<Step, 7> kSteps{{{{3, 4, 0, 0}, 7},
                                               {{3, 2, 0, 0}, 6},
                                               {{2, 8, 0, 1}, 5},
                                               {{2, 4, 0, 1}, 4},
                                               {{2, 4, 0, 0}, 3},
                                               {{2, 2, 0, 0}, 2},
                                               {{1, 0, 0, 0}, 1}}};
  return pick(*this, kSteps);
}

std::int16_t Ibp::update_metadata() const {
  static constexpr std::array<Step, 8> kSteps{{{{3, 4, 0, 0}, 8},
                                               {{2, 8, 0, 1}, 7},
                                               {{2, 4, 0, 1}, 6},
                                               {{2, 2, 0, 0}, 5},
                                               {{1, 0, 0, 0}, 4},
                                               {{0, 10, 2, 0}, 3},
                                               {{0, 10, 0, 1}, 2},
                                               {{0, 9, 0, 0}, 1}}};
  return pick(*this, kSteps);
}

std::int16_t Ibp::stop_replica() const {
  static constexpr std::array<Step, 4> kSteps{
      {{{3, 4, 0, 0}, 4}, {{2, 6, 0, 0}, 3}, {{2, 4, 0, 1}, 2}, {{2, 2, 0, 0}, 1}}};
  return pick(*this, kSteps);
}

std::int16_t Ibp::controlled_shutdown() const {
  static constexpr std::array<Step, 3> kSteps{
      {{{2, 4, 0, 1}, 3}, {{2, 2, 0, 0}, 2}, {{0, 9, 0, 0}, 1}}};
  return pick(*this, kSteps);
}

std::int16_t Ibp::fetch() const {
  static constexpr std::array<Step, 15> kSteps{{{{3, 9, 0, 0}, 17},
                                                {{3, 7, 0, 4}, 16},
                                                {{3, 5, 0, 1}, 15},
                                                {{3, 5, 0, 0}, 14},
                                                {{3, 1, 0, 0}, 13},
                                                {{2, 7, 0, 1}, 12},
                                                {{2, 3, 0, 1}, 11},
                                                {{2, 1, 0, 2}, 10},
                                                {{2, 0, 0, 1}, 8},
                                                {{1, 1, 0, 0}, 7},
                                                {{0, 11, 0, 1}, 5},
                                                {{0, 11, 0, 0}, 4},
                                                {{0, 10, 1, 1}, 3},
                                                {{0, 10, 0, 0}, 2},
                                                {{0, 9, 0, 0}, 1}}};
  return pick(*this, kSteps);
}

std::int16_t Ibp::list_offsets() const {
  static constexpr std::array<Step, 9> kSteps{{{{3, 9, 0, 0}, 9},
                                               {{3, 5, 0, 0}, 8},
                                               {{3, 0, 0, 1}, 7},
                                               {{2, 8, 0, 0}, 6},
                                               {{2, 2, 0, 1}, 5},
                                               {{2, 1, 0, 1}, 4},
                                               {{2, 0, 0, 1}, 3},
                                               {{0, 11, 0, 0}, 2},
                                               {{0, 10, 1, 2}, 1}}};
  return pick(*this, kSteps);
}

std::int16_t Ibp::offset_for_leader_epoch() const {
  static constexpr std::array<Step, 4> kSteps{
      {{{2, 8, 0, 0}, 4}, {{2, 3, 0, 1}, 3}, {{2, 1, 0, 1}, 2}, {{2, 0, 0, 0}, 1}}};
  return pick(*this, kSteps);
}

std::optional<Ibp> parse_ibp(std::string_view text) {
  Ibp ibp{0, 0, 0, Ibp::kLastIv};
  if (const auto dash = text.find("-IV"); dash != std::string_view::npos) {
    const auto iv = number(text.substr(dash + 3));
    if (!iv) return std::nullopt;
    ibp.iv = *iv;
    text = text.substr(0, dash);
  }
  std::array<int*, 3> parts{&ibp.major, &ibp.minor, &ibp.patch};
  std::size_t count = 0;
  while (count < parts.size()) {
    const auto dot = text.find('.');
    const auto part = number(text.substr(0, dot));
    if (!part) return std::nullopt;
    *parts[count++] = *part;
    if (dot == std::string_view::npos) break;
    text.remove_prefix(dot + 1);
    if (count == parts.size()) return std::nullopt;
  }
  if (count < 2) return std::nullopt;
  if (ibp.major > 0 && ibp.iv == Ibp::kLastIv) ibp.patch = 0;  // 3.9.1 speaks 3.9
  return ibp;
}

}  // namespace barnabas::controller
