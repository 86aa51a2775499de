// A TOML value without its library: what readers of keys get and printers of keys give.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace app {

// Where in a text a value stands, counted from 1; 0 where there is no text.
struct TextPosition {
  uint32_t line = 0;
  uint32_t column = 0;

  auto operator<=>(const TextPosition&) const = default;
};

struct ConfigEntry;

struct ConfigValue {
  using List = std::vector<ConfigValue>;
  using Table = std::vector<ConfigEntry>;
  // A kind that no key takes: a fraction, a date.
  struct Other {
    std::string kind;
    bool operator==(const Other&) const = default;
  };

  std::variant<bool, int64_t, std::string, List, Table, Other> data;
  TextPosition at;

  template <typename T>
  [[nodiscard]] const T* get_if() const {
    return std::get_if<T>(&data);
  }
  // Equal data; positions do not count.
  bool operator==(const ConfigValue& other) const;
};

struct ConfigEntry {
  std::string key;
  TextPosition at;  // of the key
  ConfigValue value;

  bool operator==(const ConfigEntry& other) const { return key == other.key && value == other.value; }
};

// With an article, for sentences: "a string", "a list", "a date".
[[nodiscard]] std::string kind_of(const ConfigValue& value);
// As TOML writes it, on one line.
[[nodiscard]] std::string to_toml(const ConfigValue& value);
// A TOML key, in quotes only if it needs them.
[[nodiscard]] std::string to_toml_key(std::string_view key);
// A TOML string in quotes; control characters are escaped, so that it stays on one line.
[[nodiscard]] std::string toml_quoted(std::string_view text);
// The same shape with every string replaced by "***", for secrets; names in tables stay readable.
[[nodiscard]] ConfigValue masked(ConfigValue value);

}  // namespace app
