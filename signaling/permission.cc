#include "signaling/permission.h"

#include <string>

namespace signaling {
namespace {

bool needs_target(Deed deed) {
  return deed == Deed::kVerify || deed == Deed::kRename || deed == Deed::kDelete;
}

}  // namespace

std::optional<Refusal> check_permission(const Peer& actor, Deed deed, const PeerRef& target) {
  if (deed == Deed::kVerifyByOtp) {
    if (actor.verified) return Refusal{409, "this peer is verified already"};
    return std::nullopt;
  }
  if (!actor.verified)
    return Refusal{403,
                   "this peer is not verified; verify it from a verified peer or with a one-time password"};
  if (needs_target(deed) && (!target || target->user != actor.user)) return Refusal{404, "no such peer"};
  if (deed == Deed::kVerify && target->verified) return Refusal{409, "that peer is verified already"};
  return std::nullopt;
}

}  // namespace signaling
