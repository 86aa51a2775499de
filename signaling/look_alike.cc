#include "signaling/look_alike.h"

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include <algorithm>
#include <cstdint>

namespace signaling {
namespace {

const uint8_t* octets_of(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

constexpr std::string_view kAlike[] = {"Latin", "Greek", "Cyrillic", "Armenian", "Cherokee", "Coptic"};

// One of kAlike; empty: another, or none.
std::string_view script_of(ucs4_t point) {
  const auto* const script = uc_script(point);
  if (!script) return {};
  const auto found = std::ranges::find(kAlike, std::string_view(script->name));
  return found == std::end(kAlike) ? std::string_view() : *found;
}

}  // namespace

bool looks_like(std::string_view name, std::string_view other) {
  int difference = 1;
  const int failed = u8_casecmp(octets_of(name), name.size(), octets_of(other), other.size(), nullptr,
                                UNINORM_NFKC, &difference);
  return failed == 0 && difference == 0;
}

bool mixes_scripts(std::string_view name) {
  std::string_view word;  // its script
  for (size_t at = 0; at < name.size();) {
    ucs4_t point = 0;
    const int length = u8_mbtouc(&point, octets_of(name) + at, name.size() - at);
    at += static_cast<size_t>(length);
    if (uc_is_general_category_withtable(point, UC_CATEGORY_MASK_M)) continue;  // part of the letter before
    if (!uc_is_property_alphabetic(point)) {
      word = {};
      continue;
    }
    const auto script = script_of(point);
    if (script.empty()) continue;
    if (!word.empty() && word != script) return true;
    word = script;
  }
  return false;
}

}  // namespace signaling
