// Why a request is not granted.
#pragma once

#include <string>

namespace signaling {

// `code`: as an HTTP status. `text`: one sentence with the cure, fit to be shown to whoever asked; no secret
// in it.
struct Refusal {
  int code = 0;
  std::string text;
  bool operator==(const Refusal&) const = default;
};

}  // namespace signaling
