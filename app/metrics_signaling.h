// Metrics of the hub, its dialects and the identity API.
#pragma once

#include "app/hub/service.h"
#include "app/metric_families.h"

namespace app {

// Control thread only.
void add_signaling_metrics(Families& families, const hub::Service& signaling);

}  // namespace app
