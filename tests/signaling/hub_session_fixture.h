// Two registered peers of one user that meet at a hub.
#pragma once

#include <gtest/gtest.h>

#include "tests/signaling/hub_world.h"

namespace signaling {

struct HubSessionTest : testing::Test {
  explicit HubSessionTest(const HubOptions& options = {}) : world(options) {}

  // Two connected peers that have read their greetings; the frames of `from` start at #2, those of `to` at
  // #1.
  void connect(bool confirms) {
    from = world.attach(desk);
    to = world.attach(phone, confirms);
    (void)world.heard(from), (void)world.heard(to);
  }

  HubWorld world;
  PeerId desk = world.add(1, "desk");
  PeerId phone = world.add(1, "phone");
  ConnectionId from{}, to{};
};

}  // namespace signaling
