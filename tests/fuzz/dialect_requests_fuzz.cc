// Any URL and headers of who comes to a dialect: what is taken is within its bounds, can be written as JSON
// and reads the same when it is asked for again; a refusal has nothing of the request in it.
//
// The input's lines: query, path, Authorization, Sec-WebSocket-Protocol.
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "base/bytes.h"
#include "signaling/dialects/requests.h"
#include "signaling/fingerprint.h"

namespace {

using nlohmann::json;
using signaling::dialects::kMaxParameterBytes;

// Stands for every secret: the input's dollar signs become it. None of our own texts has it.
constexpr std::string_view kSecret = "s3cR3t";

void require(bool holds) {
  if (!holds) std::abort();
}

std::string next_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  std::string line;
  for (const char c : rest.substr(0, end)) {
    if (c == '$') {
      line += kSecret;
    } else {
      line += c;
    }
  }
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

net::HttpRequest request_of(std::string_view input) {
  net::HttpRequest request;
  request.query = next_line(input);
  request.path = next_line(input);
  for (const char* const name : {"Authorization", "Sec-WebSocket-Protocol"}) {
    if (auto value = next_line(input); !value.empty()) request.headers.add(name, std::move(value));
  }
  return request;
}

std::string escaped(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<uint8_t>(c);
    out += {'%', kHex[octet >> 4], kHex[octet & 15]};
  }
  return out;
}

std::string parameter(const net::HttpRequest& request, const char* name) {
  return request.parameter(name).value_or("");
}

void require_silence(std::string_view text) {
  require(!text.empty() && text.find(kSecret) == std::string_view::npos);
  require(json::parse(net::HttpResponse::problem(400, text).body).at("detail") == text);
}

void require_text(const std::string& text) {
  require(!text.empty() && text.size() <= kMaxParameterBytes);
  (void)json(text).dump();  // throws, and fails, if it is no UTF-8
}

bool is_digits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

void require_resume(const net::HttpRequest& request, const std::optional<signaling::Resume>& resume) {
  require(resume.has_value() == !parameter(request, "session").empty());
  if (!resume) return;
  require_text(resume->session);
  const auto sent = parameter(request, "last_seq");
  require(resume->session == parameter(request, "session") && is_digits(sent));
  const auto first = std::min(sent.find_first_not_of('0'), sent.size() - 1);
  require(std::to_string(resume->last_seq) == sent.substr(first));
}

// The token is one that the headers have, or none.
void require_token(const net::HttpRequest& request, const std::string& token) {
  bool found = token.empty();
  for (const auto& [name, value] : request.headers.fields())
    found =
        found || value.find(name == "Authorization" ? token : "icebox.token." + token) != std::string::npos;
  require(found);
}

void check_websocket(const net::HttpRequest& request) {
  const auto asked = signaling::dialects::read_websocket_request(request);
  if (!asked) {
    require(asked.error().code == 400);
    return require_silence(asked.error().text);
  }
  const auto& fingerprint = asked->showing.fingerprint;
  require(fingerprint.empty() ? parameter(request, "fp").empty()
                              : signaling::canonical_fingerprint(fingerprint) == fingerprint);
  require_resume(request, asked->resume);
  require_token(request, asked->showing.token);
  for (const char* const name : {"name", "kind"}) (void)json(parameter(request, name)).dump();
  require(asked->confirms == (parameter(request, "confirm") == "1"));
  require(asked->subprotocol.empty() || asked->subprotocol == "icebox.v1");

  auto same = request;
  same.query = "confirm=" + std::to_string(asked->confirms) + "&fp=" + fingerprint;
  if (asked->resume)
    same.query += "&session=" + escaped(asked->resume->session) +
                  "&last_seq=" + std::to_string(asked->resume->last_seq);
  const auto again = signaling::dialects::read_websocket_request(same);
  require(again && again->showing.fingerprint == fingerprint &&
          again->showing.token == asked->showing.token && again->confirms == asked->confirms &&
          again->resume.has_value() == asked->resume.has_value());
  if (asked->resume)
    require(again->resume->session == asked->resume->session &&
            again->resume->last_seq == asked->resume->last_seq);
}

void check_peerjs(const net::HttpRequest& request) {
  const auto asked = signaling::dialects::read_peerjs_request(request);
  if (!asked) return require_silence(asked.error());
  require_text(asked->id);
  require_text(asked->token);
  require(!asked->key.empty());
  auto same = request;
  same.query = "key=" + escaped(asked->key) + "&id=" + escaped(asked->id) + "&token=" + escaped(asked->token);
  const auto again = signaling::dialects::read_peerjs_request(same);
  require(again && again->id == asked->id && again->token == asked->token && again->key == asked->key);
}

void check_peerjs_path(const std::string& path) {
  using signaling::dialects::PeerJsPage;
  const auto asked = signaling::dialects::read_peerjs_path(path);
  if (!asked) return;
  if (asked->page == PeerJsPage::kInfo) return require(path == "/peerjs" || path == "/peerjs/");
  const std::string page = asked->page == PeerJsPage::kId ? "/id" : "/peers";
  const bool is_short = asked->key == "peerjs" && path == "/peerjs" + page;
  require(is_short || path == "/peerjs/" + std::string(asked->key) + page);
}

void check_receiver(const net::HttpRequest& request) {
  const auto id = signaling::dialects::read_receiver_id(request);
  if (!id) {
    require(id.error().code == 400);
    return require_silence(id.error().text);
  }
  require_text(*id);
  auto same = request;
  same.query = "id=" + escaped(*id);
  require(signaling::dialects::read_receiver_id(same) == *id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto request = request_of(base::as_text({data, size}));
  check_websocket(request);
  check_peerjs(request);
  check_peerjs_path(request.path);
  check_receiver(request);
  return 0;
}
