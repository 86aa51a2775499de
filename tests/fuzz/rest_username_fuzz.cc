// Any username: it is a REST username exactly if it starts with one to eleven digits that a colon or the end
// follows, and it is rebuilt from what was read.
#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "stun/rest_credential.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view username = base::as_text({data, size});
  const size_t digits = std::min(username.find_first_not_of("0123456789"), username.size());
  const bool expected = digits >= 1 && digits <= 11 && (digits == size || username[digits] == ':');
  const auto parsed = stun::parse_rest_username(username);
  require(parsed.has_value() == expected);
  if (!parsed) return 0;
  require(parsed->expires_at.time_since_epoch().count() ==
          std::stoll(std::string(username.substr(0, digits))));
  require(parsed->user == (digits < size ? username.substr(digits + 1) : std::string_view{}));
  const auto rebuilt = stun::rest_username(parsed->expires_at, parsed->user);
  const auto again = stun::parse_rest_username(rebuilt);
  require(again && again->expires_at == parsed->expires_at && again->user == parsed->user);
  require(stun::rest_password("secret", username, stun::RestHash::kSha1).size() == 28);
  return 0;
}
