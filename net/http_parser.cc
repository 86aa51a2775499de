#include "net/http_parser.h"

#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <iterator>
#include <utility>

#include "net/http_header_scan.h"

namespace net {
namespace {

namespace http = boost::beast::http;
using Beast = http::request_parser<http::string_body>;

constexpr HttpParseError kChunkTooLarge{431, "a chunk's header or the trailer section is too large"};

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

HttpParseError refusal_of(const boost::beast::error_code& error) {
  if (error == http::error::body_limit || error == http::error::buffer_overflow) {
    return {413, "the body is too large"};
  }
  if (error == http::error::bad_version) return {505, "HTTP/1.1 is spoken here"};
  if (error == http::error::bad_transfer_encoding)
    return {400, "Transfer-Encoding and Content-Length contradict"};
  if (error == http::error::bad_content_length || error == http::error::multiple_content_length) {
    return {400, "Content-Length is not one number"};
  }
  if (error == http::error::bad_chunk || error == http::error::bad_chunk_extension)
    return {400, "a broken chunk"};
  return {400, "not an HTTP request"};
}

// Of two readers of such a message one may see another request where the other sees a body.
std::optional<HttpParseError> ambiguity_of(const Beast& parser) {
  const auto& message = parser.get();
  const auto codings = message.count(http::field::transfer_encoding);
  if (codings > 1 ||
      (codings == 1 && !equal_ignoring_case(view(message[http::field::transfer_encoding]), "chunked"))) {
    return HttpParseError{501, "the only transfer coding here is chunked"};
  }
  if (codings == 1 && message.version() < 11) return HttpParseError{400, "Transfer-Encoding needs HTTP/1.1"};
  if (codings == 1 && message.count(http::field::content_length) > 0) {
    return HttpParseError{400, "Transfer-Encoding and Content-Length contradict"};
  }
  const auto length = view(message[http::field::content_length]);  // Beast takes "5, 5" for 5
  if (message.count(http::field::content_length) > 1 || length.find(',') != std::string_view::npos) {
    return HttpParseError{400, "Content-Length is not one number"};
  }
  const auto hosts = message.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && message.version() >= 11))
    return HttpParseError{400, "one Host field is needed"};
  return std::nullopt;
}

// "/a/b?c" into path and query. Absolute form (to a proxy) and "*" have no path here: they find no route.
bool split_target(HttpRequest& request) {
  const std::string_view target = request.target;
  const auto question = std::min(target.find('?'), target.size());
  request.query = target.substr(std::min(question + 1, target.size()));
  auto path = percent_decode(target.substr(0, question), /*plus_is_space=*/false);
  if (!path) return false;
  request.path = std::move(*path);
  const std::string closed = request.path + '/';
  return closed.find("/../") == std::string::npos && closed.find("/./") == std::string::npos;
}

}  // namespace

struct HttpParser::Internals {
  explicit Internals(const HttpLimits& asked) : limits(asked), scan(asked) {
    beast.header_limit(static_cast<uint32_t>(limits.header_bytes) + 1);  // the scan keeps it
    beast.body_limit(limits.body_bytes);
  }

  std::optional<HttpParseError> check_header() {
    header_checked = true;
    if (beast.get().target().size() > limits.target_bytes)
      return HttpParseError{414, "the target is too long"};
    if (auto ambiguity = ambiguity_of(beast)) return ambiguity;
    request.method = view(beast.get().method_string());
    request.target = view(beast.get().target());
    if (!split_target(request)) return HttpParseError{400, "the target's path is malformed"};
    for (const auto& field : beast.get()) {
      request.headers.add(std::string(view(field.name_string())), std::string(view(field.value())));
    }
    return std::nullopt;
  }

  // Beast would keep the fields of half a header, however many; it gets whole ones. Octets of it, 0: not yet.
  std::expected<size_t, HttpParseError> take_header(base::Bytes bytes) {
    const auto section = scan.look(bytes);
    if (!section) return std::unexpected(section.error());
    if (!*section) return 0;
    header_bytes = **section;
    boost::beast::error_code error;
    beast.put(boost::asio::const_buffer(bytes.data(), header_bytes), error);
    if (error == http::error::body_limit) (void)check_header();  // for known()
    if (error) return std::unexpected(refusal_of(error));
    if (!beast.is_header_done()) return std::unexpected(HttpParseError{400, "not an HTTP request"});
    if (const auto refusal = check_header()) return std::unexpected(*refusal);
    return header_bytes;
  }

  // One step of the body. Octets done with, 0: more must come first.
  std::expected<size_t, HttpParseError> take_body(base::Bytes bytes) {
    const size_t body_bytes_before = beast.get().body().size();
    boost::beast::error_code error;
    const size_t used = beast.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    const bool needs_more = error == http::error::need_more;
    if (error && !needs_more) return std::unexpected(refusal_of(error));
    if (!beast.chunked()) return used;
    const auto frame = bytes.first(needs_more ? bytes.size() : used);
    if (is_chunk_frame_too_large(frame.size(), body_bytes_before)) return std::unexpected(kChunkTooLarge);
    const bool is_frame_only = beast.get().body().size() == body_bytes_before;
    const auto fault = is_frame_only ? fault_of_trailer(frame, limits) : std::nullopt;
    if (fault) return std::unexpected(*fault);
    if (!needs_more && is_frame_only)
      spare_frame_bytes += frame.size() - std::min(frame.size(), kPlainFrameBytes);
    if (spare_frame_bytes > limits.header_bytes) return std::unexpected(kChunkTooLarge);
    return used;
  }

  // A chunked body ends with five octets at the least ("0", two line ends). Beast 1.81 aborts the process
  // when it sees "0" and one line end, and then again with less than these five.
  [[nodiscard]] bool is_short_of_last_chunk(base::Bytes rest) const {
    constexpr size_t kLastChunkBytes = 5;
    return beast.is_header_done() && beast.chunked() && rest.size() < kLastChunkBytes;
  }

  // What stands around a chunk: Beast keeps no limit for it. `bytes` were used, or wait for their end.
  [[nodiscard]] bool is_chunk_frame_too_large(size_t bytes, size_t body_bytes_before) const {
    return bytes - (beast.get().body().size() - body_bytes_before) > limits.header_bytes;
  }

  static constexpr size_t kPlainFrameBytes = 16;  // of a chunk, without extensions

  HttpLimits limits;
  HttpHeaderScan scan;
  Beast beast;
  HttpRequest request;
  size_t header_bytes = 0;
  size_t spare_frame_bytes = 0;  // of chunk extensions and what follows the last chunk
  bool header_checked = false;
};

HttpParser::HttpParser(const HttpLimits& limits) : internals_(std::make_unique<Internals>(limits)) {}
HttpParser::~HttpParser() = default;
HttpParser::HttpParser(HttpParser&&) noexcept = default;
HttpParser& HttpParser::operator=(HttpParser&&) noexcept = default;

std::expected<size_t, HttpParseError> HttpParser::feed(base::Bytes bytes) {
  auto& beast = internals_->beast;
  size_t consumed = 0;
  // An empty line before a request is forgiven (RFC 9112 §2.2).
  while (!beast.got_some() && base::as_text(bytes.subspan(consumed)).starts_with("\r\n")) consumed += 2;
  if (!beast.got_some() && base::as_text(bytes.subspan(consumed)) == "\r") return consumed;
  while (!beast.is_done()) {
    const auto rest = bytes.subspan(consumed);
    if (rest.empty() || internals_->is_short_of_last_chunk(rest)) break;
    const auto used =
        internals_->header_checked ? internals_->take_body(rest) : internals_->take_header(rest);
    if (!used) return std::unexpected(used.error());
    if (*used == 0) break;
    consumed += *used;
  }
  return consumed;
}

bool HttpParser::is_done() const { return internals_->beast.is_done(); }

size_t HttpParser::held_bytes() const {
  return internals_->header_bytes + internals_->beast.get().body().capacity();
}

bool HttpParser::expects_continue() const {
  const auto& beast = internals_->beast;
  return beast.is_header_done() && !beast.is_done() && !is_http_1_0() &&
         equal_ignoring_case(view(beast.get()[http::field::expect]), "100-continue");
}

bool HttpParser::keeps_alive() const {
  return internals_->beast.is_header_done() && internals_->beast.keep_alive();
}
bool HttpParser::is_http_1_0() const { return internals_->beast.get().version() < 11; }

const HttpRequest* HttpParser::known() const {
  return internals_->header_checked ? &internals_->request : nullptr;
}

HttpRequest HttpParser::take() {
  internals_->request.body = std::move(internals_->beast.get().body());
  internals_->request.is_http_1_0 = is_http_1_0();
  return std::move(internals_->request);
}

}  // namespace net
