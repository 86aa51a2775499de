#include "app/config/print.h"

#include <nlohmann/json.hpp>

#include "app/config/keys.h"
#include "base/json_text.h"

namespace app {
namespace {

ConfigValue shown_value(const ConfigKey& key, const Config& config) {
  auto value = key.write(config);
  return key.secret ? masked(std::move(value)) : value;
}

struct JsonWriter {
  nlohmann::json operator()(bool value) const { return value; }
  nlohmann::json operator()(int64_t value) const { return value; }
  nlohmann::json operator()(const std::string& value) const { return value; }
  nlohmann::json operator()(const ConfigValue::Other& value) const { return value.kind; }
  nlohmann::json operator()(const ConfigValue::List& list) const {
    auto json = nlohmann::json::array();
    for (const auto& item : list) json.push_back(std::visit(*this, item.data));
    return json;
  }
  nlohmann::json operator()(const ConfigValue::Table& table) const {
    auto json = nlohmann::json::object();
    for (const auto& entry : table) json[entry.key] = std::visit(*this, entry.value.data);
    return json;
  }
};

// "tls.acme.email" -> /tls/acme/email
nlohmann::json::json_pointer pointer_to(std::string_view name) {
  std::string path = "/" + std::string(name);
  for (auto& c : path) {
    if (c == '.') c = '/';
  }
  return nlohmann::json::json_pointer(path);
}

}  // namespace

std::string print_config_toml(const LoadedConfig& loaded) {
  std::string text;
  std::string_view section;
  for (const auto& key : config_keys()) {
    const auto dot = key.name.find('.');
    const auto section_of_key = dot == std::string_view::npos ? std::string_view() : key.name.substr(0, dot);
    if (section_of_key != section) text += "\n[" + std::string(section_of_key) + "]\n";
    section = section_of_key;
    const auto name = dot == std::string_view::npos ? key.name : key.name.substr(dot + 1);
    text += std::string(name) + " = " + to_toml(shown_value(key, loaded.config)) + "  # " +
            to_string(loaded.origin_of(key.name)) + "\n";
  }
  return text;
}

std::string print_config_json(const LoadedConfig& loaded) {
  nlohmann::json json;
  for (const auto& key : config_keys()) {
    json["config"][pointer_to(key.name)] = std::visit(JsonWriter{}, shown_value(key, loaded.config).data);
    json["origins"][std::string(key.name)] = to_string(loaded.origin_of(key.name));
  }
  return base::json_text(json, /*indent=*/2);
}

}  // namespace app
