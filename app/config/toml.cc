#include "app/config/toml.h"

#include <toml++/toml.h>

namespace app {
namespace {

TextPosition position_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

ConfigValue convert(const toml::node& node);

ConfigValue::Table convert_table(const toml::table& table) {
  ConfigValue::Table entries;
  for (const auto& [key, node] : table) {
    entries.push_back({std::string(key.str()), position_of(key.source()), convert(node)});
  }
  return entries;
}

ConfigValue::List convert_list(const toml::array& array) {
  ConfigValue::List list;
  for (const auto& node : array) list.push_back(convert(node));
  return list;
}

std::string kind_without_key(const toml::node& node) {
  return node.is_floating_point() ? "a fraction" : "a date or time";
}

ConfigValue convert(const toml::node& node) {
  const auto at = position_of(node.source());
  if (const auto* table = node.as_table()) return {convert_table(*table), at};
  if (const auto* array = node.as_array()) return {convert_list(*array), at};
  if (const auto* text = node.as_string()) return {text->get(), at};
  if (const auto* number = node.as_integer()) return {number->get(), at};
  if (const auto* flag = node.as_boolean()) return {flag->get(), at};
  return {ConfigValue::Other{kind_without_key(node)}, at};
}

}  // namespace

std::expected<ConfigValue::Table, TomlFault> parse_toml(std::string_view text) {
  try {
    return convert_table(toml::parse(text));
  } catch (const toml::parse_error& fault) {
    const auto reason = fault.description();
    return std::unexpected(
        TomlFault{position_of(fault.source()), std::string(reason.substr(0, reason.find(", saw")))});
  }
}

}  // namespace app
