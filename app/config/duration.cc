#include "app/config/duration.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace app {
namespace {

struct Unit {
  char letter;
  int64_t seconds;
};
constexpr std::array<Unit, 4> kUnits{{{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};

// Takes the number at the front of `text`; nullopt if there is none or it exceeds what is ever allowed.
std::optional<int64_t> take_number(std::string_view& text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number > kLongestDuration.count()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

std::optional<std::chrono::seconds> within_bounds(int64_t seconds) {
  if (seconds > kLongestDuration.count()) return std::nullopt;
  return std::chrono::seconds{seconds};
}

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  int64_t total = 0;
  size_t next_unit = 0;
  do {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    if (text.empty()) return next_unit == 0 ? within_bounds(*number) : std::nullopt;  // no unit: all seconds
    while (next_unit < kUnits.size() && kUnits[next_unit].letter != text.front()) ++next_unit;
    if (next_unit == kUnits.size()) return std::nullopt;
    total += *number * kUnits[next_unit++].seconds;
    text.remove_prefix(1);
  } while (!text.empty());
  return within_bounds(total);
}

std::string format_duration(std::chrono::seconds duration) {
  if (duration.count() == 0) return "0s";
  std::string text;
  int64_t rest = duration.count();
  for (const auto& unit : kUnits) {
    if (unit.letter == 'd' || rest < unit.seconds) continue;
    text += std::to_string(rest / unit.seconds) + unit.letter;
    rest %= unit.seconds;
  }
  return text;
}

}  // namespace app
