// RFC 8265's OpaqueString profile of RFC 8264's FreeformClass, on libunistring's tables.
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <span>

#include "stun/long_term_key.h"

namespace stun {
namespace {

using CodePoints = std::span<const ucs4_t>;

struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};

// What the library returns: its buffer, owned, and how much of it counts. Empty on failure.
template <typename Unit>
struct Converted {
  std::unique_ptr<Unit, FreeMemory> units;
  size_t size = 0;

  [[nodiscard]] std::span<const Unit> view() const { return {units.get(), size}; }
};

constexpr bool within(ucs4_t c, ucs4_t first, ucs4_t last) { return c >= first && c <= last; }

bool has_script(ucs4_t c, const uc_script_t* script) { return uc_script(c) == script; }

bool is_kana_or_han(ucs4_t c) {
  static const uc_script_t* const hiragana = uc_script_byname("Hiragana");
  static const uc_script_t* const katakana = uc_script_byname("Katakana");
  static const uc_script_t* const han = uc_script_byname("Han");
  const auto* const script = uc_script(c);
  return script == hiragana || script == katakana || script == han;
}

bool is_old_hangul_jamo(ucs4_t c) {
  return within(c, 0x1100, 0x11ff) || within(c, 0xa960, 0xa97c) || within(c, 0xd7b0, 0xd7fb);
}

// RFC 5892 appendix A.1: after a virama, or between letters that would join without it.
bool non_joiner_allowed(CodePoints text, size_t at) {
  const auto transparent = [&](size_t i) { return uc_joining_type(text[i]) == UC_JOINING_TYPE_T; };
  size_t before = at;
  while (before > 0 && transparent(before - 1)) --before;
  size_t after = at + 1;
  while (after < text.size() && transparent(after)) ++after;
  if (before == 0 || after == text.size()) return false;
  const int left = uc_joining_type(text[before - 1]);
  const int right = uc_joining_type(text[after]);
  return (left == UC_JOINING_TYPE_L || left == UC_JOINING_TYPE_D) &&
         (right == UC_JOINING_TYPE_R || right == UC_JOINING_TYPE_D);
}

bool after_virama(CodePoints text, size_t at) {
  return at > 0 && uc_combining_class(text[at - 1]) == UC_CCC_VR;
}

enum class Class8264 : uint8_t { kValid, kForbidden, kContextual };

// RFC 8264 §9.6: characters that the categories would judge wrongly.
Class8264 exception_or(ucs4_t c, Class8264 otherwise) {
  if (c == 0x0640 || c == 0x07fa || c == 0x302e || c == 0x302f || within(c, 0x3031, 0x3035) || c == 0x303b) {
    return Class8264::kForbidden;
  }
  if (c == 0x00b7 || c == 0x0375 || c == 0x05f3 || c == 0x05f4 || c == 0x30fb || within(c, 0x0660, 0x0669) ||
      within(c, 0x06f0, 0x06f9) || c == 0x200c || c == 0x200d) {
    return Class8264::kContextual;
  }
  return otherwise;
}

// RFC 8264 §8 for the FreeformClass. Compatibility characters need no test of their own: all of them are
// letters, marks, numbers, spaces, symbols or punctuation.
Class8264 classify(ucs4_t c) {
  if (within(c, 0x20, 0x7e)) return Class8264::kValid;
  constexpr uint32_t kAllowed = UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N |
                                UC_CATEGORY_MASK_S | UC_CATEGORY_MASK_P | UC_CATEGORY_MASK_Zs;
  const bool valid = uc_is_general_category_withtable(c, kAllowed) && !is_old_hangul_jamo(c) &&
                     !uc_is_property_default_ignorable_code_point(c);
  return exception_or(c, valid ? Class8264::kValid : Class8264::kForbidden);
}

constexpr ucs4_t kKatakanaMiddleDot = 0x30fb;
constexpr bool is_arabic_indic_digit(ucs4_t c) { return within(c, 0x0660, 0x0669); }
constexpr bool is_extended_arabic_indic_digit(ucs4_t c) { return within(c, 0x06f0, 0x06f9); }

// RFC 5892 appendix A, as far as it looks at neighbours; rules about the whole text: WholeText.
bool neighbours_allow(CodePoints text, size_t at) {
  static const uc_script_t* const greek = uc_script_byname("Greek");
  static const uc_script_t* const hebrew = uc_script_byname("Hebrew");
  const bool first = at == 0;
  const bool last = at + 1 == text.size();
  switch (text[at]) {
    case 0x200c:
      return after_virama(text, at) || non_joiner_allowed(text, at);
    case 0x200d:
      return after_virama(text, at);
    case 0x00b7:
      return !first && !last && text[at - 1] == 'l' && text[at + 1] == 'l';
    case 0x0375:
      return !last && has_script(text[at + 1], greek);
    case 0x05f3:
    case 0x05f4:
      return !first && has_script(text[at - 1], hebrew);
    default:
      return true;
  }
}

// What A.7 to A.9 ask of the text as a whole. Gathered on one way through: strangers choose these texts.
struct WholeText {
  bool middle_dot = false;
  bool arabic_indic = false;
  bool extended_arabic_indic = false;

  void see(ucs4_t c) {
    middle_dot |= c == kKatakanaMiddleDot;
    arabic_indic |= is_arabic_indic_digit(c);
    extended_arabic_indic |= is_extended_arabic_indic_digit(c);
  }
  [[nodiscard]] bool allows(CodePoints text) const {
    if (arabic_indic && extended_arabic_indic) return false;  // they look alike and do not mix
    return !middle_dot || std::ranges::any_of(text, is_kana_or_han);
  }
};

bool is_freeform(CodePoints text) {
  WholeText whole;
  for (size_t i = 0; i < text.size(); ++i) {
    const Class8264 what = classify(text[i]);
    if (what == Class8264::kForbidden) return false;
    if (what == Class8264::kValid) continue;
    if (!neighbours_allow(text, i)) return false;
    whole.see(text[i]);
  }
  return whole.allows(text);
}

Converted<ucs4_t> code_points(std::string_view text) {
  Converted<ucs4_t> result;
  const auto* utf8 = reinterpret_cast<const uint8_t*>(text.data());
  if (u8_check(utf8, text.size()) != nullptr) return result;
  result.units.reset(u8_to_u32(utf8, text.size(), nullptr, &result.size));
  return result;
}

Converted<ucs4_t> composed(CodePoints text) {
  Converted<ucs4_t> result;
  result.units.reset(u32_normalize(UNINORM_NFC, text.data(), text.size(), nullptr, &result.size));
  return result;
}

// All ASCII without controls: prepared already, and what nearly every name and password is.
bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
}

}  // namespace

std::expected<std::string, OpaqueStringError> opaque_string(std::string_view text) {
  if (text.empty()) return std::unexpected(OpaqueStringError::kEmpty);
  // Composing shortens a text to a third at the very most, so a longer one cannot end up within the limit.
  if (text.size() > 3 * kLongestOpaqueString) return std::unexpected(OpaqueStringError::kTooLong);
  if (is_printable_ascii(text)) {
    if (text.size() > kLongestOpaqueString) return std::unexpected(OpaqueStringError::kTooLong);
    return std::string(text);
  }
  auto raw = code_points(text);
  if (!raw.units) return std::unexpected(OpaqueStringError::kNotUtf8);
  if (!is_freeform(raw.view())) return std::unexpected(OpaqueStringError::kForbiddenCharacter);
  for (ucs4_t& c : std::span(raw.units.get(), raw.size)) {
    if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Zs)) c = U' ';
  }
  const auto normal = composed(raw.view());
  // Again after composing, which may bring a character with a contextual rule next to another neighbour.
  if (!normal.units || !is_freeform(normal.view())) {
    return std::unexpected(OpaqueStringError::kForbiddenCharacter);
  }
  Converted<uint8_t> utf8;
  utf8.units.reset(u32_to_u8(normal.units.get(), normal.size, nullptr, &utf8.size));
  if (!utf8.units) return std::unexpected(OpaqueStringError::kNotUtf8);
  if (utf8.size > kLongestOpaqueString) return std::unexpected(OpaqueStringError::kTooLong);
  return std::string(base::as_text(utf8.view()));
}

std::string_view describe(OpaqueStringError error) {
  switch (error) {
    case OpaqueStringError::kEmpty:
      return "the text is empty; give at least one character";
    case OpaqueStringError::kNotUtf8:
      return "the text is not UTF-8; set the terminal or the file to UTF-8";
    case OpaqueStringError::kForbiddenCharacter:
      return "the text holds a character that RFC 8265 forbids (a control, an invisible or an unassigned "
             "one); "
             "leave it out";
    case OpaqueStringError::kTooLong:
      return "the text is longer than 508 octets of UTF-8; shorten it";
  }
  return "the text is refused";
}

}  // namespace stun
