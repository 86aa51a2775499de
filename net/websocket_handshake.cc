#include "net/websocket_handshake.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace net {
namespace {

constexpr std::string_view kVersion = "13";
constexpr std::string_view kKeySalt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 §1.3
constexpr size_t kKeyBase64Bytes = 24;                                         // of 16 octets

// The one field of that name; nullopt: none, or several.
std::optional<std::string_view> only_field(const HttpHeaders& headers, std::string_view name) {
  const auto same = [name](const auto& field) { return equal_ignoring_case(field.first, name); };
  if (std::ranges::count_if(headers.fields(), same) != 1) return std::nullopt;
  return headers.find(name);
}

bool is_key(std::string_view key) {
  if (key.size() != kKeyBase64Bytes || !key.ends_with("==")) return false;
  return std::ranges::all_of(key.substr(0, kKeyBase64Bytes - 2), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
}

std::string accept_of(std::string_view key) {
  const std::string salted = std::string(key).append(kKeySalt);
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest;
  unsigned int digest_bytes = 0;
  EVP_Digest(salted.data(), salted.size(), digest.data(), &digest_bytes, EVP_sha1(), nullptr);
  std::array<uint8_t, EVP_MAX_MD_SIZE * 2> base64;
  const int bytes = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest_bytes));
  return {reinterpret_cast<const char*>(base64.data()), static_cast<size_t>(bytes)};
}

// Says what to speak instead (RFC 9110 §15.5.22).
HttpResponse upgrade_required(std::string_view detail) {
  auto response = HttpResponse::problem(426, detail);
  response.headers.add("Upgrade", "websocket");
  response.headers.add("Sec-WebSocket-Version", std::string(kVersion));
  return response;
}

}  // namespace

std::optional<HttpResponse> websocket_refusal(const HttpRequest& request) {
  const auto& headers = request.headers;
  if (request.method != "GET") {
    auto response = HttpResponse::problem(405, "a WebSocket begins with GET");
    response.headers.add("Allow", "GET");
    return response;
  }
  if (!headers.has_token("Upgrade", "websocket")) return upgrade_required("this path speaks WebSocket only");
  if (request.is_http_1_0) return HttpResponse::problem(400, "a WebSocket needs HTTP/1.1");
  if (!headers.has_token("Connection", "Upgrade")) {
    return HttpResponse::problem(400, "Connection: Upgrade is missing; does a proxy remove it?");
  }
  if (only_field(headers, "Sec-WebSocket-Version") != kVersion) {
    return upgrade_required("Sec-WebSocket-Version must be 13");
  }
  const auto key = only_field(headers, "Sec-WebSocket-Key");
  if (!key || !is_key(*key)) {
    return HttpResponse::problem(400, "Sec-WebSocket-Key must be 16 octets in base64, once");
  }
  return std::nullopt;
}

std::vector<std::string_view> offered_subprotocols(const HttpRequest& request) {
  std::vector<std::string_view> offered;
  for (const auto& [name, value] : request.headers.fields()) {
    if (!equal_ignoring_case(name, "Sec-WebSocket-Protocol")) continue;
    const auto items = list_items(value);
    offered.insert(offered.end(), items.begin(), items.end());
  }
  return offered;
}

std::string websocket_acceptance(const HttpRequest& request, std::string_view subprotocol) {
  std::string answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  answer.append("Sec-WebSocket-Accept: ");
  answer.append(accept_of(request.headers.find("Sec-WebSocket-Key").value_or(""))).append("\r\n");
  if (!subprotocol.empty()) answer.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
  return answer.append("\r\n");
}

}  // namespace net
