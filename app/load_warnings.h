// What an operator must hear of although nobody logs it where it happens: counters that should not grow.
#pragma once

#include <cstdint>

#include "app/growth_alarm.h"
#include "app/log.h"
#include "net/timer.h"

namespace app {

class Appliance;
class SessionLog;

// Looks at the counters every other second; each kind of warning comes at most once a minute, with its count.
// Control thread only; must end before the workers and the loop do.
class LoadWarnings {
 public:
  LoadWarnings(Appliance& appliance, Log& log, const SessionLog& sessions);
  void start() { look(); }

 private:
  void look();
  void look_at_ports(base::TimePoint now);
  void look_at_sources(base::TimePoint now);
  void look_at_proxies(base::TimePoint now);
  void look_at_own_losses(base::TimePoint now);

  Appliance& appliance_;
  Log& log_;
  const SessionLog& sessions_;
  GrowthAlarm ports_, own_service_, descriptors_, no_address_, server_quota_, receive_drops_, rate_limited_,
      proxied_, events_lost_, lines_lost_, writes_lost_;
  net::Timer timer_;
};

}  // namespace app
