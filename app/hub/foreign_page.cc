#include "app/hub/foreign_page.h"

namespace app::hub {
namespace {

constexpr std::string_view kForms[] = {"application/x-www-form-urlencoded", "multipart/form-data",
                                       "text/plain"};

}  // namespace

std::optional<signaling::Refusal> refuse_foreign_page(const net::HttpRequest& request,
                                                      const net::OriginPolicy& origins) {
  const signaling::Refusal refusal{
      403, "pages of other sites may not; the operator can allow an origin by signaling.allowed_origins"};
  if (!origins.allows(request)) return refusal;
  if (request.headers.find("Origin")) return std::nullopt;
  const auto site = request.headers.find("Sec-Fetch-Site").value_or("none");
  if (site == "none" || site == "same-origin" || origins.allows_all()) return std::nullopt;
  return refusal;
}

std::optional<signaling::Refusal> refuse_form(const net::HttpRequest& request) {
  auto type = request.headers.find("Content-Type").value_or("");
  type = type.substr(0, type.find_first_of("; \t"));
  for (const auto form : kForms) {
    if (net::equal_ignoring_case(type, form))
      return signaling::Refusal{415, "send the body with Content-Type: application/json"};
  }
  return std::nullopt;
}

}  // namespace app::hub
