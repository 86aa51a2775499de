// The long-term credential mechanism (RFC 8489 §9.2.4), in the order of the RFC but for the nonce, which is
// judged before anybody is looked up.
#pragma once

#include <optional>

#include "relay/request.h"

namespace relay {

// Nothing: the request is authentic, and request.identity and .reply_key are filled. Otherwise the answer to
// send, which may be empty when the source has used up its budget.
[[nodiscard]] std::optional<base::Bytes> authenticate(Core& core, Request& request);

}  // namespace relay
