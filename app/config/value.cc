#include "app/config/value.h"

#include <algorithm>
#include <array>

namespace app {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_bare_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

struct TomlWriter {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int64_t value) const { return std::to_string(value); }
  std::string operator()(const std::string& value) const { return toml_quoted(value); }
  std::string operator()(const ConfigValue::Other& value) const { return "(" + value.kind + ")"; }
  std::string operator()(const ConfigValue::List& list) const {
    std::string text;
    for (const auto& item : list) text += (text.empty() ? "" : ", ") + to_toml(item);
    return "[" + text + "]";
  }
  std::string operator()(const ConfigValue::Table& table) const {
    std::string text;
    for (const auto& entry : table) {
      text += (text.empty() ? " " : ", ") + to_toml_key(entry.key) + " = " + to_toml(entry.value);
    }
    return text.empty() ? "{}" : "{" + text + " }";
  }
};

}  // namespace

bool ConfigValue::operator==(const ConfigValue& other) const { return data == other.data; }

std::string kind_of(const ConfigValue& value) {
  constexpr std::array<std::string_view, 5> kNames{"a boolean", "a whole number", "a string", "a list",
                                                   "a table"};
  if (const auto* other = value.get_if<ConfigValue::Other>()) return other->kind;
  return std::string(kNames[value.data.index()]);
}

std::string to_toml(const ConfigValue& value) { return std::visit(TomlWriter{}, value.data); }

std::string to_toml_key(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, is_bare_key_character) ? std::string(key)
                                                                         : toml_quoted(key);
}

std::string toml_quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      result += "\\u00";
      result += kHexDigits[byte >> 4];
      result += kHexDigits[byte & 0xf];
    } else {
      result += c;
    }
  }
  return result + '"';
}

ConfigValue masked(ConfigValue value) {
  if (auto* text = std::get_if<std::string>(&value.data)) *text = "***";
  if (auto* list = std::get_if<ConfigValue::List>(&value.data)) {
    for (auto& item : *list) item = masked(std::move(item));
  }
  if (auto* table = std::get_if<ConfigValue::Table>(&value.data)) {
    for (auto& entry : *table) entry.value = masked(std::move(entry.value));
  }
  return value;
}

}  // namespace app
