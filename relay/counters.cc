#include "relay/counters.h"

namespace relay {
namespace {

#define RELAY_LABEL(name, label) label,
constexpr const char* kRejectLabels[] = {RELAY_REJECT_REASONS(RELAY_LABEL)};
constexpr const char* kDropLabels[] = {RELAY_DROP_REASONS(RELAY_LABEL)};
#undef RELAY_LABEL

}  // namespace

const char* label_of(Reject reason) { return kRejectLabels[static_cast<size_t>(reason)]; }
const char* label_of(Drop reason) { return kDropLabels[static_cast<size_t>(reason)]; }

}  // namespace relay
