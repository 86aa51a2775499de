#include "app/log_line.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/config/text.h"
#include "base/json_text.h"

namespace app {
namespace {

constexpr size_t kLevelWidth = 5;   // "trace"
constexpr size_t kEventWidth = 21;  // "relay_ports_exhausted"

nlohmann::ordered_json to_json(const LogField& field) {
  return std::visit([](const auto& value) { return nlohmann::ordered_json(value); }, field.value);
}

// ASCII only: control characters, DEL and everything beyond become \uXXXX, what is no UTF-8 U+FFFD.
std::string dump(const nlohmann::ordered_json& json) {
  return base::json_text(json, /*indent=*/-1, /*ascii=*/true);
}

bool is_plain(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alphanumeric || std::string_view("._:/@+-[],*").find(c) != std::string_view::npos;
  });
}

std::string shown(const LogField& field) {
  const auto* text = std::get_if<std::string>(&field.value);
  return text != nullptr && is_plain(*text) ? *text : dump(to_json(field));
}

void append_padded(std::string& line, std::string_view text, size_t width) {
  line += text;
  line.append(width > text.size() ? width - text.size() : 0, ' ');
}

std::string text_line(LogTime time, LogLevel level, std::string_view event,
                      std::span<const LogField> fields) {
  std::string line = rfc3339(time) + ' ';
  append_padded(line, to_text(level), kLevelWidth);
  line += ' ';
  append_padded(line, event, fields.empty() ? 0 : kEventWidth);
  for (const auto& field : fields) line.append(" ").append(field.key).append("=").append(shown(field));
  return line;
}

std::string json_line(LogTime time, LogLevel level, std::string_view event,
                      std::span<const LogField> fields) {
  nlohmann::ordered_json line{{"time", rfc3339(time)}, {"level", to_text(level)}, {"event", event}};
  for (const auto& field : fields) line[std::string(field.key)] = to_json(field);
  return dump(line);
}

}  // namespace

std::string rfc3339(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::array<char, 48> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<size_t>(std::max(length, 0))};
}

std::string rfc3339(LogTime time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto fraction = std::to_string(1000 + (time - second).count());  // four digits, the first of them 1
  auto text = rfc3339(second);
  text.back() = '.';
  return text + fraction.substr(1) + 'Z';
}

std::string log_line(LogFormat format, LogTime time, LogLevel level, std::string_view event,
                     std::span<const LogField> fields) {
  return format == LogFormat::kJson ? json_line(time, level, event, fields)
                                    : text_line(time, level, event, fields);
}

}  // namespace app
