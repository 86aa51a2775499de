// Any text: what OpaqueString lets through is within its limit, free of controls, and not changed by
// preparing it again. The input also goes through the trimming of names as they arrive on the wire. Preparing
// takes time in proportion to the length: strangers choose these texts.
#include <time.h>

#include <algorithm>
#include <string>

#include "stun/long_term_key.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// A search through the whole for every character takes 12 ms for the longest text, and with sanitizers many
// times that. The best of three, for the machine may be busy.
void require_quick(std::string_view unit) {
  std::string text;
  while (!unit.empty() && text.size() + unit.size() <= 3 * stun::kLongestOpaqueString) text += unit;
  double best = 1;
  for (int i = 0; i < 3; ++i) {
    const double start = cpu_seconds();
    (void)stun::opaque_string(text);
    best = std::min(best, cpu_seconds() - start);
  }
  require(best < 0.005);
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
  if (size <= 16) require_quick(text);
  return 0;
}
