// The way in for the first person on a fresh server.
#pragma once

#include <string>

namespace app {

class Appliance;

// What start-up prints while there is no peer yet: on a terminal a link that lets one browser in, once, as
// the first peer of a first user, with its QR code, which writes to storage; elsewhere the command that makes
// one. Empty if there are peers. Before run().
[[nodiscard]] std::string first_invitation(Appliance& appliance, bool is_terminal);

}  // namespace app
