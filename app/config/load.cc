#include "app/config/load.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "app/config/edit_distance.h"
#include "app/config/keys.h"
#include "app/config/toml.h"

namespace app {
namespace {

// A configuration is a page of text; more is the wrong file.
constexpr size_t kLargestFileBytes = 1 << 20;
// Longer values are cut in messages, which are one line.
constexpr size_t kShownValueBytes = 80;

std::string place(const ConfigOrigin& origin) {
  if (origin.kind != ConfigOrigin::Kind::kFile) return origin.source;
  return origin.source + ":" + std::to_string(origin.at.line) + ":" + std::to_string(origin.at.column);
}

std::string shown(const ConfigValue& value, bool secret) {
  if (secret) return "\"***\"";
  auto text = to_toml(value);
  if (text.size() <= kShownValueBytes) return text;
  size_t end = kShownValueBytes;
  while ((static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;  // not inside a UTF-8 character
  return text.substr(0, end) + "..";
}

std::string on_one_line(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; }, '?');
  return text;
}

// Reads one layer after the other into a Config and keeps every fault.
class Loader {
 public:
  void apply(const ConfigValue::Table& table, const ConfigOrigin& origin);
  void add_fault(const ConfigOrigin& where, const std::string& text);
  std::expected<LoadedConfig, ConfigFaults> finish() &&;

 private:
  struct PlacedFault {
    TextPosition at;
    size_t found;  // in this order where positions are equal or there are none
    std::string text;
    auto operator<=>(const PlacedFault&) const = default;
  };

  void walk(const ConfigValue::Table& table, const std::string& prefix, const ConfigOrigin& origin);
  void visit(const ConfigEntry& entry, const std::string& name, ConfigOrigin origin);
  void read_key(const ConfigKey& key, const ConfigValue& value, const ConfigOrigin& origin);
  void refuse_unknown(const std::string& name, const ConfigOrigin& origin);
  void add_problems();
  ConfigOrigin origin_of(const ConfigProblem& problem) const;
  void flush_layer();

  LoadedConfig loaded_;
  std::set<std::string_view> faulty_keys_;
  std::vector<PlacedFault> of_layer_;  // the TOML library gives keys by name; users read faults by line
  ConfigFaults faults_;
};

void Loader::apply(const ConfigValue::Table& table, const ConfigOrigin& origin) {
  walk(table, "", origin);
  flush_layer();
}

void Loader::walk(const ConfigValue::Table& table, const std::string& prefix, const ConfigOrigin& origin) {
  for (const auto& entry : table) {
    auto of_entry = origin;
    if (origin.kind == ConfigOrigin::Kind::kFile) of_entry.at = entry.at;
    visit(entry, prefix + to_toml_key(entry.key), of_entry);
  }
}

void Loader::visit(const ConfigEntry& entry, const std::string& name, ConfigOrigin origin) {
  if (const auto* key = find_config_key(name)) return read_key(*key, entry.value, origin);
  if (!is_config_section(name)) return refuse_unknown(name, origin);
  if (const auto* table = entry.value.get_if<ConfigValue::Table>()) return walk(*table, name + ".", origin);
  add_fault(origin, name + " is a section, not a value; write [" + name + "] and its keys below, or " + name +
                        ".KEY = VALUE");
}

void Loader::read_key(const ConfigKey& key, const ConfigValue& value, const ConfigOrigin& origin) {
  ValueFaults faults;
  key.read(value, loaded_.config, faults);
  loaded_.origins.insert_or_assign(std::string(key.name), origin);
  for (const auto& fault : faults) {
    auto where = origin;
    if (origin.kind == ConfigOrigin::Kind::kFile) where.at = fault.value.at;
    faulty_keys_.insert(key.name);
    add_fault(where, std::string(key.name) + fault.suffix + " = " + shown(fault.value, key.secret) + " " +
                         fault.reason);
  }
}

void Loader::refuse_unknown(const std::string& name, const ConfigOrigin& origin) {
  if (const auto cure = cure_of_removed_key(name)) {
    add_fault(origin, name + " is no key of icebox any more: " + std::string(*cure));
    return;
  }
  const auto nearest = std::string(nearest_config_key(name));
  const bool likely = edit_distance(name, nearest) <= 1 + name.size() / 4 || nearest.ends_with("." + name);
  add_fault(origin, name + " is no key of icebox; " +
                        (likely ? "did you mean " + nearest + "?"
                                : "the nearest is " + nearest + "; icebox check-config lists them all"));
}

void Loader::add_fault(const ConfigOrigin& where, const std::string& text) {
  const auto prefix = where.kind == ConfigOrigin::Kind::kDefault ? "" : place(where) + ": ";
  of_layer_.push_back({where.at, of_layer_.size(), on_one_line(prefix + text)});
}

void Loader::flush_layer() {
  std::ranges::sort(of_layer_);
  for (auto& fault : of_layer_) faults_.push_back(std::move(fault.text));
  of_layer_.clear();
}

// A key that could not be read holds no value to contradict another.
void Loader::add_problems() {
  for (const auto& problem : loaded_.config.problems()) {
    const bool in_doubt =
        std::ranges::any_of(problem.keys, [this](auto key) { return faulty_keys_.contains(key); });
    if (!in_doubt) add_fault(origin_of(problem), problem.text);
  }
}

ConfigOrigin Loader::origin_of(const ConfigProblem& problem) const {
  for (const auto key : problem.keys) {
    const auto origin = loaded_.origin_of(key);
    if (origin.kind != ConfigOrigin::Kind::kDefault) return origin;
  }
  return {};
}

std::expected<LoadedConfig, ConfigFaults> Loader::finish() && {
  flush_layer();
  add_problems();
  flush_layer();
  if (!faults_.empty()) return std::unexpected(std::move(faults_));
  return std::move(loaded_);
}

// Quotes and brackets announce TOML; a fault inside them is a fault, not a bare word.
bool may_be_bare_word(std::string_view value) {
  const auto first = value.find_first_not_of(" \t");
  return first != std::string_view::npos &&
         std::string_view("\"'[{").find(value[first]) == std::string_view::npos;
}

void apply_set(Loader& loader, const std::string& setting, const ConfigOrigin& origin) {
  const auto equals = setting.find('=');
  const auto name = setting.substr(0, equals);
  if (equals == std::string::npos || name.find_first_not_of(" \t") == std::string::npos) {
    return loader.add_fault(
        origin, toml_quoted(name) + " is not KEY=VALUE; write for example --set realm=example.org");
  }
  const auto value = setting.substr(equals + 1);
  auto table = parse_toml(name + " = " + value);
  if (!table && may_be_bare_word(value)) table = parse_toml(name + " = " + toml_quoted(value));
  if (table) return loader.apply(*table, origin);
  loader.add_fault(origin, name + " is not set by TOML: " + table.error().reason +
                               "; write for example --set '" + name + "=\"text\"'");
}

void apply_text(Loader& loader, const ConfigText& text) {
  ConfigOrigin origin{ConfigOrigin::Kind::kFile, text.name, {}};
  const auto table = parse_toml(text.toml);
  if (table) return loader.apply(*table, origin);
  origin.at = table.error().at;
  loader.add_fault(origin, "this is not TOML: " + table.error().reason);
}

// Reads a little beyond the bound rather than asking for the size: `--config <(..)` has none.
std::expected<ConfigText, std::string> read_file(const std::filesystem::path& file) {
  const auto reason = [&file](std::string_view what) { return file.string() + ": " + std::string(what); };
  std::string content(kLargestFileBytes + 1, '\0');
  std::ifstream stream(file, std::ios::binary);
  if (stream) stream.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!stream && !stream.eof()) return std::unexpected(reason(std::strerror(errno)) + "; check --config");
  content.resize(static_cast<size_t>(stream.gcount()));
  if (content.size() > kLargestFileBytes) return std::unexpected(reason("larger than 1 MiB; check --config"));
  return ConfigText{file.string(), std::move(content)};
}

}  // namespace

std::string to_string(const ConfigOrigin& origin) {
  switch (origin.kind) {
    case ConfigOrigin::Kind::kDefault:
      return "default";
    case ConfigOrigin::Kind::kFile:
      return "file " + origin.source + ":" + std::to_string(origin.at.line);
    case ConfigOrigin::Kind::kOption:
      break;
  }
  return origin.source;
}

ConfigOrigin LoadedConfig::origin_of(std::string_view key) const {
  const auto found = origins.find(key);
  return found == origins.end() ? ConfigOrigin{} : found->second;
}

std::expected<LoadedConfig, ConfigFaults> load_config(const std::optional<ConfigText>& text,
                                                      const ConfigOptions& options) {
  using enum ConfigOrigin::Kind;
  Loader loader;
  if (text) apply_text(loader, *text);
  for (size_t i = 0; i < options.set.size(); ++i) {
    apply_set(loader, options.set[i], {kOption, "--set #" + std::to_string(i + 1), {}});
  }
  if (options.data_dir) {
    loader.apply({{"data_dir", {}, ConfigValue{*options.data_dir, {}}}}, {kOption, "--data", {}});
  }
  return std::move(loader).finish();
}

std::expected<LoadedConfig, ConfigFaults> load_config_file(const std::optional<std::filesystem::path>& file,
                                                           const ConfigOptions& options) {
  if (!file) return load_config(std::nullopt, options);
  const auto text = read_file(*file);
  if (!text) return std::unexpected(ConfigFaults{text.error()});
  return load_config(*text, options);
}

}  // namespace app
