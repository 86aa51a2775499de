// Any text: what OpaqueString lets through is within its limit, free of controls, and not changed by
// preparing it again. The input also goes through the trimming of names as they arrive on the wire.
#include <algorithm>

#include "stun/long_term_key.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = base::as_text({data, size});
  const std::string_view trimmed = stun::trimmed_wire_text(text);
  require(trimmed.size() <= text.size());
  require(trimmed.empty() || (trimmed.data() >= text.data() && trimmed.data() <= text.data() + text.size()));
  for (const std::string_view candidate : {text, trimmed}) {
    const auto prepared = stun::opaque_string(candidate);
    if (!prepared) {
      require(!stun::describe(prepared.error()).empty());
      continue;
    }
    require(!prepared->empty() && prepared->size() <= stun::kLongestOpaqueString);
    require(std::ranges::none_of(*prepared, [](unsigned char c) { return c < 0x20 || c == 0x7f; }));
    require(stun::opaque_string(*prepared) == *prepared);
  }
  return 0;
}
