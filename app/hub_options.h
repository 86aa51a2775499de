// What the configuration says about signaling, as app/hub takes it.
#pragma once

#include "app/hub/service.h"

namespace app {

class Appliance;

// URLs are those of what listens by now.
[[nodiscard]] hub::ServiceOptions hub_options(const Appliance& appliance);

}  // namespace app
