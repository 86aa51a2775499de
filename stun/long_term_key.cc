#include "stun/long_term_key.h"

namespace stun {

std::string_view trimmed_wire_text(std::string_view text) {
  while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

LongTermKeys derive_long_term_keys(std::string_view username, std::string_view realm,
                                   std::string_view password) {
  std::string input;
  input.reserve(username.size() + realm.size() + password.size() + 2);
  input.append(username).append(":").append(realm).append(":").append(password);
  return {md5(base::as_bytes(input)), sha256(base::as_bytes(input))};
}

Sha256Digest userhash(std::string_view username, std::string_view realm) {
  std::string input;
  input.reserve(username.size() + realm.size() + 1);
  input.append(username).append(":").append(realm);
  return sha256(base::as_bytes(input));
}

}  // namespace stun
