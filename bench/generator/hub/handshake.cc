#include "bench/generator/hub/handshake.h"

#include <algorithm>
#include <cctype>

namespace bench::generator::hub {
namespace {

// The nonce of RFC 6455 §1.3 and the only right answer to it. One for all clients: who would be fooled by a
// cache between here and the server is not under load.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
constexpr std::string_view kAcceptName = "sec-websocket-accept:";
constexpr size_t kLongestHead = 8192;

std::string lower(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(), [](unsigned char c) { return std::tolower(c); });
  return low;
}

std::string_view value_of(std::string_view head, std::string_view lower_case_name) {
  const size_t at = lower(head).find(std::string("\r\n").append(lower_case_name));
  if (at == std::string_view::npos) return {};
  auto value = head.substr(at + 2 + lower_case_name.size());
  value = value.substr(0, value.find("\r\n"));
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

}  // namespace

std::string upgrade_request(const base::Endpoint& server, std::string_view target, std::string_view bearer) {
  std::string request = "GET ";
  request.append(target).append(" HTTP/1.1\r\nHost: ").append(server.to_string());
  request.append("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
  request.append("Sec-WebSocket-Key: ").append(kKey).append("\r\n");
  if (!bearer.empty()) request.append("Authorization: Bearer ").append(bearer).append("\r\n");
  return request.append("\r\n");
}

std::expected<std::optional<size_t>, std::string> read_upgrade_answer(std::string_view received) {
  const size_t end = received.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (received.size() > kLongestHead) return std::unexpected("an endless answer to the handshake");
    return std::nullopt;
  }
  const auto head = received.substr(0, end + 2);
  const auto status = head.substr(0, head.find("\r\n"));
  if (!status.starts_with("HTTP/1.1 101")) return std::unexpected(std::string(status));
  if (value_of(head, kAcceptName) != kAccept) return std::unexpected("101 with a wrong Sec-WebSocket-Accept");
  return end + 4;
}

}  // namespace bench::generator::hub
