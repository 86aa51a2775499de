// Names that people take for one another. Pure; Unicode as libunistring knows it.
#pragma once

#include <string_view>

namespace signaling {

// Both UTF-8. They differ at most by case, width, or how the same characters are composed (NFKC, case folded).
[[nodiscard]] bool looks_like(std::string_view name, std::string_view other);

// Letters that stand together are of more than one of the scripts that share shapes (Latin, Greek, Cyrillic,
// Armenian, Cherokee, Coptic): a "tv" with a Greek nu. Words of different scripts are fine. A word that is of
// another script throughout is not found: pages show a code of the certificate as well.
[[nodiscard]] bool mixes_scripts(std::string_view name);

}  // namespace signaling
