// The pages and the JavaScript client, from inside the program.
#pragma once

#include "net/http_router.h"

namespace app::hub {

// GET of every path of web/assets.h, with its ETag, strict Content-Security-, Permissions- and
// Cross-Origin-Opener-Policies, and no Referer to anybody.
void add_page_routes(net::HttpRouter& router);

}  // namespace app::hub
