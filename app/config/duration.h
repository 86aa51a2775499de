// Durations as configuration and command line write them: "1h30m", "90s", "2d", or whole seconds ("3600").
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace app {

// Nothing here outlives ten years; the bound keeps sums of durations far from overflow.
constexpr std::chrono::seconds kLongestDuration = std::chrono::days{3650};

// Units d, h, m, s, each at most once and in this order. nullopt: anything else, or beyond kLongestDuration.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text);

// The shortest text that parse_duration() reads back: "1h30m", "24h", "0s". Days are written as hours.
[[nodiscard]] std::string format_duration(std::chrono::seconds duration);

}  // namespace app
