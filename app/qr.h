// QR codes of links, for the terminal and for pages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace app {

// kPlain: block characters alone, right on terminals that write light on dark. kAnsi: black on white by
// escape sequences, right on any that knows them.
enum class QrColours : uint8_t { kPlain, kAnsi };

// Lines of UTF-8 half blocks, two modules to a character, with the quiet zone that scanners need. nullopt:
// longer than a code holds (2331 octets at the error correction used here).
[[nodiscard]] std::optional<std::string> qr_for_terminal(std::string_view text, QrColours colours);

// A square <svg> that scales with its container, without outside references or scripts. nullopt as above.
[[nodiscard]] std::optional<std::string> qr_as_svg(std::string_view text);

}  // namespace app
