// Names that nobody else has.
#pragma once

#include <string>

#include "base/random.h"

namespace signaling::dialects {

// A random UUID, version 4 (RFC 9562 §5.4), as "xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx".
[[nodiscard]] std::string make_uuid(base::RandomSource& random);

}  // namespace signaling::dialects
