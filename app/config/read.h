// Between ConfigValue and the fields of Config: read_value() checks and stores, to_value() gives back. Used
// by the table of keys only.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/config/text.h"
#include "app/config/value.h"

namespace app {

// One value, or one element of it, that a key cannot take.
struct ValueFault {
  std::string suffix;  // of the element below the key: "[1]", ".alice"; empty for the value as a whole
  ConfigValue value;
  std::string reason;  // with the cure; continues a sentence that begins with the value
};
using ValueFaults = std::vector<ValueFault>;

inline void refuse_kind(const ConfigValue& value, const char* wanted, ValueFaults& faults) {
  faults.push_back({"", value, "is " + kind_of(value) + "; write " + wanted});
}

inline void read_value(const ConfigValue& value, bool& into, ValueFaults& faults) {
  const auto* flag = value.get_if<bool>();
  if (flag == nullptr) return refuse_kind(value, "true or false", faults);
  into = *flag;
}

template <std::unsigned_integral Number>
void read_value(const ConfigValue& value, Number& into, ValueFaults& faults) {
  constexpr uint64_t kLargest = std::min<uint64_t>(std::numeric_limits<Number>::max(), INT64_MAX);
  const auto* number = value.get_if<int64_t>();
  if (number == nullptr) return refuse_kind(value, "a whole number", faults);
  if (*number < 0 || static_cast<uint64_t>(*number) > kLargest) {
    return faults.push_back({"", value, "is out of range; write 0 to " + std::to_string(kLargest)});
  }
  into = static_cast<Number>(*number);
}

inline void read_value(const ConfigValue& value, std::string& into, ValueFaults& faults) {
  const auto* text = value.get_if<std::string>();
  if (text == nullptr) return refuse_kind(value, "a string, in quotes", faults);
  into = *text;
}

inline void read_value(const ConfigValue& value, std::filesystem::path& into, ValueFaults& faults) {
  const auto* text = value.get_if<std::string>();
  if (text == nullptr) return refuse_kind(value, "a path, in quotes", faults);
  if (text->find('\0') != std::string::npos)
    return faults.push_back({"", value, "is no path; remove the NUL"});
  into = *text;
}

template <WrittenAsText T>
void read_value(const ConfigValue& value, T& into, ValueFaults& faults) {
  const auto* text = value.get_if<std::string>();
  // Seconds, bytes and one port are numbers that need no quotes.
  constexpr bool kTakesNumber = std::same_as<T, std::chrono::seconds> || std::same_as<T, ByteSize>;
  const auto* number = kTakesNumber ? value.get_if<int64_t>() : nullptr;
  if (text == nullptr && number == nullptr) return refuse_kind(value, "a string, in quotes", faults);
  auto parsed = from_text<T>(text != nullptr ? *text : std::to_string(*number));
  if (!parsed) return faults.push_back({"", value, parsed.error()});
  into = *std::move(parsed);
}

// The empty string stands for nothing, since TOML has no null.
template <typename T>
void read_value(const ConfigValue& value, std::optional<T>& into, ValueFaults& faults) {
  const auto* text = value.get_if<std::string>();
  into.reset();
  if (text != nullptr && text->empty()) return;
  T present{};
  read_value(value, present, faults);
  into = std::move(present);
}

// A single element need not be put in brackets, and the empty string is the empty list.
template <typename T>
void read_value(const ConfigValue& value, std::vector<T>& into, ValueFaults& faults) {
  into.clear();
  const auto* list = value.get_if<ConfigValue::List>();
  const auto* text = value.get_if<std::string>();
  if (list == nullptr && text == nullptr) return refuse_kind(value, "a list of strings", faults);
  if (list == nullptr && text->empty()) return;
  if (list == nullptr) return read_value(value, into.emplace_back(), faults);
  for (size_t i = 0; i < list->size(); ++i) {
    ValueFaults of_item;
    read_value((*list)[i], into.emplace_back(), of_item);
    for (auto& fault : of_item) {
      fault.suffix = "[" + std::to_string(i) + "]" + fault.suffix;
      faults.push_back(std::move(fault));
    }
  }
}

// Adds to what is there, name by name: a later layer changes one user without repeating the others.
inline void read_value(const ConfigValue& value, std::map<std::string, std::string>& into,
                       ValueFaults& faults) {
  const auto* table = value.get_if<ConfigValue::Table>();
  if (table == nullptr) return refuse_kind(value, "a table as { alice = \"password\" }", faults);
  for (const auto& entry : *table) {
    ValueFaults of_entry;
    read_value(entry.value, into[entry.key], of_entry);
    for (auto& fault : of_entry) {
      fault.suffix = "." + to_toml_key(entry.key) + fault.suffix;
      faults.push_back(std::move(fault));
    }
  }
}

inline ConfigValue to_value(bool value) { return {value, {}}; }
inline ConfigValue to_value(std::unsigned_integral auto value) { return {static_cast<int64_t>(value), {}}; }
inline ConfigValue to_value(const std::string& value) { return {value, {}}; }
inline ConfigValue to_value(const std::filesystem::path& value) { return {value.string(), {}}; }
inline ConfigValue to_value(const WrittenAsText auto& value) { return {to_text(value), {}}; }

template <typename T>
ConfigValue to_value(const std::optional<T>& value) {
  return value ? to_value(*value) : ConfigValue{std::string(), {}};
}

template <typename T>
ConfigValue to_value(const std::vector<T>& value) {
  ConfigValue::List list;
  for (const auto& item : value) list.push_back(to_value(item));
  return {std::move(list), {}};
}

inline ConfigValue to_value(const std::map<std::string, std::string>& value) {
  ConfigValue::Table table;
  for (const auto& [name, text] : value) table.push_back({name, {}, to_value(text)});
  return {std::move(table), {}};
}

}  // namespace app
