#include "net/http_message.h"

#include <algorithm>
#include <charconv>

#include "net/http_status.h"

namespace net {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Cuts the part before `separator` off the front of `rest`.
std::string_view next_part(std::string_view& rest, char separator) {
  const auto end = std::min(rest.find(separator), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

// What JSON wants escaped in a string (RFC 8259 §7); other octets pass.
std::string json_string(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      out.append({'\\', c});
    } else if (octet < 0x20) {
      out.append("\\u00").append({kHex[octet >> 4], kHex[octet & 0xf]});
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string printable(std::string_view text) {
  constexpr size_t kMostBytes = 100;
  std::string shown(text.substr(0, kMostBytes));
  std::ranges::replace_if(shown, [](char c) { return c < ' ' || c > '~' || c == '<' || c == '&'; }, '?');
  return text.size() > kMostBytes ? shown + ".." : shown;
}

std::vector<std::string_view> list_items(std::string_view list) {
  std::vector<std::string_view> items;
  while (!list.empty()) {
    if (const auto item = trimmed(next_part(list, ',')); !item.empty()) items.push_back(item);
  }
  return items;
}

std::optional<std::string_view> HttpHeaders::find(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (equal_ignoring_case(field, name)) return value;
  }
  return std::nullopt;
}

bool HttpHeaders::has_token(std::string_view name, std::string_view token) const {
  return std::ranges::any_of(fields_, [&](const auto& field) {
    if (!equal_ignoring_case(field.first, name)) return false;
    return std::ranges::any_of(list_items(field.second),
                               [&](std::string_view item) { return equal_ignoring_case(item, token); });
  });
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '%') {
      uint8_t octet = 0;
      const auto digits = text.substr(std::min(at + 1, text.size()), 2);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), octet, 16);
      if (error != std::errc{} || digits.size() != 2 || end != digits.data() + 2 || octet == 0)
        return std::nullopt;
      c = static_cast<char>(octet);
      at += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    } else if (c == '\0') {
      return std::nullopt;
    }
    out += c;
  }
  return out;
}

std::optional<std::string> HttpRequest::parameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    std::string_view value = next_part(rest, '&');
    const auto key = percent_decode(next_part(value, '='), /*plus_is_space=*/true);
    if (key == name) return percent_decode(value, /*plus_is_space=*/true);
  }
  return std::nullopt;
}

std::string_view HttpRequest::asked_authority() const {
  return authority.empty() ? headers.find("Host").value_or(std::string_view()) : authority;
}

std::optional<std::string_view> HttpRequest::bearer_token() const {
  constexpr std::string_view kScheme = "Bearer ";
  const auto field = headers.find("Authorization");
  if (!field || !equal_ignoring_case(field->substr(0, kScheme.size()), kScheme)) return std::nullopt;
  return trimmed(field->substr(kScheme.size()));
}

HttpResponse HttpResponse::text(uint16_t status, std::string body) {
  HttpResponse response{.status = status, .headers = {}, .body = std::move(body)};
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  return response;
}

HttpResponse HttpResponse::json(uint16_t status, std::string body) {
  HttpResponse response{.status = status, .headers = {}, .body = std::move(body)};
  response.headers.add("Content-Type", "application/json");
  return response;
}

HttpResponse HttpResponse::problem(uint16_t status, std::string_view detail) {
  HttpResponse response{.status = status};
  response.headers.add("Content-Type", "application/problem+json");
  response.body =
      "{\"status\":" + std::to_string(status) + ",\"title\":" + json_string(reason_phrase(status));
  if (!detail.empty()) response.body += ",\"detail\":" + json_string(detail);
  response.body += "}\n";
  response.refused_because = detail;
  return response;
}

}  // namespace net
