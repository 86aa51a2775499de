// Metrics of the hub, its dialects and the identity API.
#pragma once

#include "app/metric_families.h"

namespace app {

namespace hub {
class Service;
}

// Control thread only.
void add_signaling_metrics(Families& families, const hub::Service& signaling);

}  // namespace app
