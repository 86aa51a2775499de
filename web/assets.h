// The pages and the JavaScript client, as they are built into the program.
#pragma once

#include <span>
#include <string_view>

namespace web {

// Everything lives as long as the program.
struct Asset {
  std::string_view path;  // of the URL: "/", "/demo-0123456789abcdef.js", "/client/index.js"
  std::string_view bytes;
  std::string_view content_type;  // "text/html; charset=utf-8"
  std::string_view etag;          // strong, quoted, of the content (RFC 9110 §8.8.3)
  bool is_versioned;              // its path changes with its content
};

// nullptr: there is none. web/pages/index.html is at "/", what it names beside it, the client at
// "/client/index.js", each in one file: web/embed.cmake. Any thread.
[[nodiscard]] const Asset* find(std::string_view path);

// In the order of their paths.
[[nodiscard]] std::span<const Asset> all();

// For the answers with pages and scripts: nothing inline but the loader, by its hash, nothing from elsewhere,
// in no frame.
[[nodiscard]] std::string_view content_security_policy();

// Of a versioned file: never asked for again. Of others browsers ask each time, and get 304 while the ETag is
// the same: a new program is a new page at once.
inline constexpr std::string_view kKeepForever = "public, max-age=31536000, immutable";
inline constexpr std::string_view kAskEachTime = "no-cache";

}  // namespace web
