// What peers relay, collected for some seconds and written into the database.
#pragma once

#include <map>
#include <utility>

#include "app/log.h"
#include "app/session_log.h"
#include "net/timer.h"
#include "storage/store.h"
#include "storage/usage.h"

namespace app {

// Control thread only. Everything passed by reference outlives it.
class UsageLedger {
 public:
  UsageLedger(net::EventLoop& loop, storage::Store& store, Log& log);

  // A session counts on the day it begins, its traffic on the day it ends. Those of no peer are passed over.
  void note(const SessionEvent& event);
  // Hands to storage what was noted; by itself this happens every few seconds.
  void flush();

 private:
  net::EventLoop& loop_;
  storage::Store& store_;
  Log& log_;
  std::map<std::pair<storage::PeerId, int64_t>, storage::Traffic> noted_;  // by peer and day
  net::Timer timer_;
};

}  // namespace app
