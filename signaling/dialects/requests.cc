#include "signaling/dialects/requests.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "net/utf8.h"
#include "net/websocket_handshake.h"
#include "signaling/fingerprint.h"

namespace signaling::dialects {
namespace {

constexpr std::string_view kProtocol = "icebox.v1";
constexpr std::string_view kTokenProtocol = "icebox.token.";
constexpr std::string_view kBrokenQuery =
    "the URL has a % without two hex digits behind it, or a NUL; escape every value, as encodeURIComponent "
    "does";

// PeerJS's server says the first so, and applications may know it.
constexpr std::string_view kPeerJsIncomplete = "No id, token, or key supplied to websocket server";
constexpr std::string_view kPeerJsBadEscape = "A % in the id, the token or the key must be written as %25";
constexpr std::string_view kPeerJsBadName = "The id and the token must be UTF-8 of at most 256 octets";

std::unexpected<Refusal> refuse(std::string_view text) {
  return std::unexpected(Refusal{400, std::string(text)});
}

// A parameter with a broken escape looks as if it were not there. No escape reaches past '&' or '=': what is
// well for the whole query is so for each part of it.
bool is_decodable(const net::HttpRequest& request) {
  return net::percent_decode(request.query, /*plus_is_space=*/true).has_value();
}

bool is_text(std::string_view value) {
  return value.size() <= kMaxParameterBytes && net::is_utf8(base::as_bytes(value));
}

std::string parameter(const net::HttpRequest& request, std::string_view name) {
  return request.parameter(name).value_or("");
}

std::optional<uint64_t> whole_number(std::string_view text) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stopped == end ? std::optional(number) : std::nullopt;
}

std::string token_of(const net::HttpRequest& request) {
  if (const auto token = request.bearer_token()) return std::string(*token);
  for (const auto offered : net::offered_subprotocols(request)) {
    if (offered.starts_with(kTokenProtocol)) return std::string(offered.substr(kTokenProtocol.size()));
  }
  return {};
}

std::string_view protocol_of(const net::HttpRequest& request) {
  const auto offered = net::offered_subprotocols(request);
  return std::ranges::find(offered, kProtocol) != offered.end() ? kProtocol : std::string_view{};
}

// PeerBook's clients name it by one or the other, by their age.
std::string user_of(const net::HttpRequest& request) {
  auto user = parameter(request, "uid");
  return user.empty() ? parameter(request, "email") : user;
}

// Canonical, or empty if none is claimed.
std::expected<std::string, Refusal> fingerprint_of(const net::HttpRequest& request) {
  const auto claimed = parameter(request, "fp");
  if (claimed.empty()) return claimed;
  auto canonical = canonical_fingerprint(claimed);
  if (!canonical) return refuse("fp: a SHA-256 fingerprint, 64 hex digits, is needed");
  return *std::move(canonical);
}

std::expected<std::optional<Resume>, Refusal> resume_of(const net::HttpRequest& request) {
  auto session = parameter(request, "session");
  if (session.empty()) return std::nullopt;
  if (!is_text(session))
    return refuse("session: the welcome's, 32 hex digits, is needed; leave it out to begin a fresh one");
  const auto last_seq = whole_number(parameter(request, "last_seq"));
  if (!last_seq)
    return refuse(
        "last_seq: beside session, the n of the last frame that arrived is needed, a whole number; 0 if none "
        "did");
  return Resume{std::move(session), *last_seq};
}

std::expected<bool, Refusal> confirms(const net::HttpRequest& request) {
  const auto confirm = request.parameter("confirm").value_or("0");
  if (confirm == "0" || confirm == "1") return confirm == "1";
  return refuse(R"(confirm: 1, of a client that sends {"seen":n}, or 0 is needed)");
}

}  // namespace

std::expected<WebSocketRequest, Refusal> read_websocket_request(const net::HttpRequest& request) {
  if (!is_decodable(request)) return refuse(kBrokenQuery);
  auto fingerprint = fingerprint_of(request);
  if (!fingerprint) return std::unexpected(fingerprint.error());
  for (const char* const name : {"name", "kind", "uid", "email"}) {
    if (!is_text(parameter(request, name)))
      return refuse(std::string(name) + ": UTF-8 of at most 256 octets is needed, or none");
  }
  auto resume = resume_of(request);
  if (!resume) return std::unexpected(resume.error());
  const auto confirming = confirms(request);
  if (!confirming) return std::unexpected(confirming.error());
  return WebSocketRequest{.showing = {.token = token_of(request),
                                      .fingerprint = *std::move(fingerprint),
                                      .source = request.client.ip,
                                      .user = user_of(request)},
                          .resume = *std::move(resume),
                          .confirms = *confirming,
                          .subprotocol = protocol_of(request)};
}

std::expected<PeerJsRequest, std::string_view> read_peerjs_request(const net::HttpRequest& request) {
  // Its client escapes nothing, and a token that an application chooses may have a % in it.
  if (!is_decodable(request)) return std::unexpected(kPeerJsBadEscape);
  PeerJsRequest read{
      .id = parameter(request, "id"), .token = parameter(request, "token"), .key = parameter(request, "key")};
  if (read.id.empty() || read.token.empty() || read.key.empty()) return std::unexpected(kPeerJsIncomplete);
  if (!is_text(read.id) || !is_text(read.token)) return std::unexpected(kPeerJsBadName);
  return read;
}

std::optional<PeerJsPath> read_peerjs_path(std::string_view path) {
  constexpr std::string_view kRoot = "/peerjs";
  if (!path.starts_with(kRoot)) return std::nullopt;
  auto rest = path.substr(kRoot.size());
  if (rest.empty() || rest == "/") return PeerJsPath{PeerJsPage::kInfo, {}};
  if (!rest.starts_with('/')) return std::nullopt;
  const auto slash = rest.rfind('/');
  const auto key = slash == 0 ? kRoot.substr(1) : rest.substr(1, slash - 1);
  const auto page = rest.substr(slash + 1);
  if (page == "id") return PeerJsPath{PeerJsPage::kId, key};
  if (page == "peers") return PeerJsPath{PeerJsPage::kPeers, key};
  return std::nullopt;
}

std::expected<std::string, Refusal> read_receiver_id(const net::HttpRequest& request) {
  if (!is_decodable(request)) return refuse(kBrokenQuery);
  auto id = parameter(request, "id");
  if (id.empty()) return refuse("missing client ID");
  if (!is_text(id)) return refuse("the client ID must be UTF-8 of at most 256 octets");
  return id;
}

}  // namespace signaling::dialects
