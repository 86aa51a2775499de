// How an event is written into the log: one line, as text for people or as JSON for programs. Pure.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "app/config/types.h"

namespace app {

using LogTime = std::chrono::sys_time<std::chrono::milliseconds>;

// One typed value of an event. Never give it a password, key, nonce or secret: nothing is masked later.
struct LogField {
  LogField(std::string_view name, std::string_view text) : key(name), value(std::string(text)) {}
  LogField(std::string_view name, const std::string& text) : key(name), value(text) {}
  LogField(std::string_view name, const char* text) : key(name), value(std::string(text)) {}
  LogField(std::string_view name, bool flag) : key(name), value(flag) {}
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  LogField(std::string_view name, Number number) : key(name) {
    if constexpr (std::signed_integral<Number>) {
      value = static_cast<int64_t>(number);
    } else {
      value = static_cast<uint64_t>(number);
    }
  }

  std::string_view key;  // snake_case, of static lifetime
  std::variant<bool, int64_t, uint64_t, std::string> value;
};

// "2026-11-21T10:26:00.123Z"; of whole seconds without the fraction.
[[nodiscard]] std::string rfc3339(LogTime time);
[[nodiscard]] std::string rfc3339(std::chrono::sys_seconds time);

// Text: `2026-11-21T10:26:00.123Z info  session_start     user=alice bytes=5`, values quoted as JSON where
// they are not plain. JSON: {"time", "level", "event", then the fields}. No line end. Either way ASCII only,
// with everything else escaped: what a client calls itself can neither forge a line nor move a terminal's
// cursor.
[[nodiscard]] std::string log_line(LogFormat format, LogTime time, LogLevel level, std::string_view event,
                                   std::span<const LogField> fields);

}  // namespace app
