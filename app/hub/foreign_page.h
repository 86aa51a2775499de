// Whether a page of a foreign site asks, by the browser of somebody who visits it: it may reach us from
// inside his network, and in his name. Pure.
#pragma once

#include <optional>

#include "net/http_message.h"
#include "net/origin_policy.h"
#include "signaling/refusal.h"

namespace app::hub {

// For requests that change something. nullopt: our own page, one of an allowed origin, or no page. By Origin,
// which browsers send with every POST, and where it is missing by Sec-Fetch-Site (W3C Fetch Metadata);
// programs send neither.
[[nodiscard]] std::optional<signaling::Refusal> refuse_foreign_page(const net::HttpRequest& request,
                                                                    const net::OriginPolicy& origins);

// For those that hand out a token for nothing: also what any page may send without asking first, a form or
// plain text (Fetch, CORS-safelisted request-header). 415.
[[nodiscard]] std::optional<signaling::Refusal> refuse_form(const net::HttpRequest& request);

}  // namespace app::hub
