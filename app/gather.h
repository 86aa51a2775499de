// Asks every worker on its own thread and collects the answers on the control thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "app/appliance.h"

namespace app {

// `ask` runs on each worker's thread; `done` once, on the control thread, with the answers in the workers'
// order.
template <typename Answer>
void gather(Appliance& appliance, std::function<Answer(relay::worker::Worker&)> ask,
            std::function<void(std::vector<Answer>)> done) {
  struct Collected {
    std::vector<Answer> answers;
    size_t missing;
  };
  auto collected = std::make_shared<Collected>();
  collected->missing = appliance.workers().size();
  collected->answers.resize(collected->missing);
  for (const auto& worker : appliance.workers()) {
    worker->post([&appliance, collected, ask, done](relay::worker::Worker& asked) {
      auto answer = std::make_shared<Answer>(ask(asked));
      appliance.loop().post([collected, done, answer, index = asked.index()] {
        collected->answers[index] = std::move(*answer);
        if (--collected->missing == 0) done(std::move(collected->answers));
      });
    });
  }
}

}  // namespace app
