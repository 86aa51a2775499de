#include "app/first_invitation.h"

#include "app/appliance.h"
#include "app/page_url.h"
#include "app/qr.h"
#include "net/system_clock.h"
#include "net/system_random.h"
#include "signaling/registration.h"
#include "signaling/token.h"
#include "storage/invitations.h"

namespace app {
namespace {

// `icebox peer invite NAME` makes others.
constexpr std::string_view kFirstUser = "admin";

std::string hint(const std::string& why) {
  return "  invite the first browser:  icebox peer invite " + std::string(kFirstUser) + "   (" + why + ")\n";
}

}  // namespace

std::string first_invitation(Appliance& appliance, bool is_terminal) {
  if (appliance.store().peers().load()->peer_count() > 0) return {};
  if (!is_terminal) return hint("its link is for one person, and this is no terminal");
  const auto url = appliance.url();
  if (!url) return hint(url.error());
  net::SystemRandom random;
  const auto token = signaling::make_token(random);
  const auto now = net::read_clocks().wall;
  const auto stored =
      appliance.store()
          .submit([&](storage::Connection& connection) {
            return storage::add_invitation(connection,
                                           {.hash = token.hash,
                                            .account = kFirstUser,
                                            .made_by = std::nullopt,
                                            .expires_at = now + signaling::kInvitationLifetime},
                                           {"operator", now});
          })
          .get();
  if (!stored) return hint(stored.error().text);
  const auto link = signaling::invitation_url(*url, token.text);
  // At the margin, so that a link to an address still fits into 80 columns.
  std::string text = "  open within 24 hours, in the first browser, once:\n" + link + "\n";
  if (const auto qr = qr_for_terminal(link, QrColours::kAnsi)) text += *qr;
  return text;
}

}  // namespace app
