// The way in for the first person on a fresh server.
#pragma once

#include <string>

namespace app {

class Appliance;

// What start-up prints while there is no peer yet: a link that lets one browser in, once, as the first peer
// of a first user, with its QR code if `with_qr` (a terminal). Empty if there are peers. Writes to storage;
// before run().
[[nodiscard]] std::string first_invitation(Appliance& appliance, bool with_qr);

}  // namespace app
