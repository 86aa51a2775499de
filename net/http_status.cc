#include "net/http_status.h"

#include <ostream>  // Beast's header uses it without saying so

#include <boost/beast/http/status.hpp>

namespace net {

std::string_view reason_phrase(uint16_t status) {
  const auto text = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  if (text.empty() || text[0] == '<') return "Unknown Status";
  return {text.data(), text.size()};
}

}  // namespace net
