// Any Origin, Sec-Fetch-Site, Host and Content-Type: programs pass, all pass where all are allowed, and a refusal is
// one of two. One field a line, in that order.
#include <array>
#include <string>
#include <string_view>

#include "app/hub/foreign_page.h"

namespace {

constexpr std::array<const char*, 4> kFields{"Origin", "Sec-Fetch-Site", "Host", "Content-Type"};

net::HttpRequest request_of(std::string_view text) {
  net::HttpRequest request;
  for (const auto* field : kFields) {
    const auto end = text.find('\n');
    if (const auto value = text.substr(0, end); !value.empty())
      request.headers.add(field, std::string(value));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto request = request_of({reinterpret_cast<const char*>(data), size});
  const auto refusal = app::hub::refuse_foreign_page(request, net::OriginPolicy());
  if (refusal && refusal->code != 403) __builtin_trap();
  if (app::hub::refuse_foreign_page(request, net::OriginPolicy({"*"}))) __builtin_trap();
  const auto origin = request.headers.find("Origin");
  if (!origin && !request.headers.find("Sec-Fetch-Site") && refusal) __builtin_trap();
  if (const auto form = app::hub::refuse_form(request); form && form->code != 415) __builtin_trap();
  return 0;
}
