// What start-up has to say about configuration and host together. Pure: host_facts.h does the looking.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/config/config.h"
#include "app/host_facts.h"

namespace app {

enum class Severity : uint8_t {
  kNote,     // works; could work better, or somebody else must do something
  kWarning,  // some clients or some load will suffer
  kError,    // cannot work: an address that this host does not have
};

struct Finding {
  Severity severity;
  std::string text;  // one line, with the cure

  bool operator==(const Finding&) const = default;
};

// The gravest first; empty if all is well. With an error among them the server does not start.
[[nodiscard]] std::vector<Finding> self_check(const Config& config, const HostFacts& facts);

}  // namespace app
