// Any name, fingerprint or token: what is accepted is bounded, in canonical form, and accepted again as it
// is.
#include <string>

#include "base/bytes.h"
#include "signaling/fingerprint.h"
#include "signaling/peer_name.h"
#include "signaling/token.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = base::as_text({data, size});
  const auto fingerprint = signaling::canonical_fingerprint(text);
  if (const auto name = signaling::check_name("name", text)) {
    require(!name->empty() && name->size() <= signaling::kMaxNameBytes && !fingerprint);
    for (const char c : *name) require(static_cast<uint8_t>(c) >= 0x20 && c != 0x7f);
    require(signaling::check_name("name", *name) == *name);
  }
  if (fingerprint) require(signaling::canonical_fingerprint(*fingerprint) == fingerprint);
  if (signaling::hash_token(text)) require(text.size() == 47 && text.starts_with("ibx_"));
  return 0;
}
