// How operators name peers, and how peers are shown to them.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "storage/peer_snapshot.h"

namespace app {

// The peer that `words` name: USER NAME, or one word, its number or its fingerprint (with or without colons).
// The error says what was looked for and where to look.
[[nodiscard]] std::expected<const storage::Peer*, std::string> find_peer(const storage::PeerSnapshot& peers,
                                                                         std::span<const std::string> words);

// Fit for a terminal: control characters, which a stranger may have put into a name, become "?".
[[nodiscard]] std::string printable(std::string_view text);

// "2026-11-21T10:50:43Z"
[[nodiscard]] std::string utc_text(base::WallTime time);

}  // namespace app
