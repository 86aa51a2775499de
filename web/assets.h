// The pages and the JavaScript client, as they are built into the program.
#pragma once

#include <span>
#include <string_view>

namespace web {

// Everything lives as long as the program.
struct Asset {
  std::string_view path;          // of the URL: "/", "/demo.js", "/client/index.js"
  std::string_view bytes;         // the file, octet for octet
  std::string_view content_type;  // "text/html; charset=utf-8"
  std::string_view etag;          // strong, quoted, of the content (RFC 9110 §8.8.3)
};

// nullptr: there is none. web/pages/index.html is at "/", web/pages/NAME.html at "/NAME", other files of
// web/pages under their names, the modules of web/client under "/client/". Any thread.
[[nodiscard]] const Asset* find(std::string_view path);

// In the order of their paths.
[[nodiscard]] std::span<const Asset> all();

// For the answers with pages and scripts: nothing inline, nothing from elsewhere, in no frame.
inline constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
// Browsers ask each time, and get 304 while the ETag is the same: a new program is a new page at once.
inline constexpr std::string_view kCacheControl = "no-cache";

}  // namespace web
