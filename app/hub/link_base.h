// Where links for other devices begin.
#pragma once

#include <string>

#include "net/http_message.h"

namespace app::hub {

// "https://ice.example.org/rtc", no slash at its end: `public_url` if there is one; else where `request`
// found us, by https unless it is sure that only http leads there. `own_url`: of our own HTTPS listener, in
// place of what leads nowhere from another device (a request in clear text from this host, to localhost); may
// be empty.
[[nodiscard]] std::string link_base(const net::HttpRequest& request, const std::string& public_url,
                                    const std::string& own_url);

}  // namespace app::hub
