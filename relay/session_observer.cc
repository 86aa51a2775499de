#include "relay/session_observer.h"

#include <cstddef>
#include <iterator>

namespace relay {
namespace {

// In the order of the enumerators.
constexpr const char* kNames[] = {"expired", "released", "client_gone", "kicked", "user_removed", "stopped"};
static_assert(std::size(kNames) == static_cast<size_t>(EndReason::kCount));

}  // namespace

const char* name_of(EndReason reason) { return kNames[static_cast<size_t>(reason)]; }

}  // namespace relay
