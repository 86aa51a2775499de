#include "app/commands/peer_words.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

#include "signaling/fingerprint.h"

namespace app {
namespace {

std::optional<storage::PeerId> number_of(std::string_view word) {
  int64_t id = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), id);
  if (fault != std::errc{} || end != word.data() + word.size() || id <= 0) return std::nullopt;
  return storage::PeerId{id};
}

}  // namespace

std::expected<const storage::Peer*, std::string> find_peer(const storage::PeerSnapshot& peers,
                                                           std::span<const std::string> words) {
  const storage::Peer* found = nullptr;
  std::string wanted;
  if (words.size() == 2) {
    wanted = "named \"" + printable(words[1]) + "\" of user \"" + printable(words[0]) + "\"";
    if (const auto* account = peers.find_account(words[0])) found = peers.find(account->id, words[1]);
  } else if (const auto fingerprint = signaling::canonical_fingerprint(words.front())) {
    wanted = "with that fingerprint";
    const auto all = peers.find_fingerprint(*fingerprint);
    if (all.size() > 1)
      return std::unexpected(
          "several users have a peer with that fingerprint; name it by USER NAME or by its number");
    found = all.empty() ? nullptr : all.front();
  } else if (const auto id = number_of(words.front())) {
    wanted = "with number " + words.front();
    found = peers.find(*id);
  } else {
    return std::unexpected("a peer is named by USER NAME, by its number or by its fingerprint");
  }
  if (found == nullptr)
    return std::unexpected("there is no peer " + wanted + "; `icebox peer list` shows the peers");
  return found;
}

std::string printable(std::string_view text) {
  std::string shown(text);
  for (size_t i = 0; i < shown.size(); ++i) {
    const auto octet = static_cast<uint8_t>(shown[i]);
    if (octet < 0x20 || octet == 0x7f) shown[i] = '?';
    // U+0080 to U+009F, in UTF-8 C2 80 to C2 9F, command terminals too.
    if (octet == 0xc2 && i + 1 < shown.size() && static_cast<uint8_t>(shown[i + 1]) < 0xa0)
      shown.replace(i, 2, "?");
  }
  return shown;
}

std::string utc_text(base::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

}  // namespace app
