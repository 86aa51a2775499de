// Sessions' beginnings and ends on their way from the workers into the log.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/log.h"
#include "app/refusal_log.h"
#include "net/mailbox.h"
#include "relay/allocation.h"
#include "relay/session_observer.h"

namespace app {

struct SessionEvent {
  relay::AllocationId id = 0;
  std::string user;
  relay::FiveTuple client;
  std::vector<base::Endpoint> relayed;
  std::optional<relay::EndReason> ended;  // nullopt: it begins, and has no duration or traffic yet
  std::chrono::milliseconds duration{};
  uint64_t packets_to_peers = 0, bytes_to_peers = 0, packets_to_client = 0, bytes_to_client = 0;
};

// The fields of session_start and session_end.
[[nodiscard]] std::vector<LogField> fields_of(const SessionEvent& event);

// Bounded: what does not fit into its mailbox is counted in lost(). Outlives the workers it observes; control
// thread but for the observer, which any worker may call.
class SessionLog final : public relay::SessionObserver {
 public:
  SessionLog(net::EventLoop& loop, Log& log);

  void on_session_begin(const relay::Allocation& allocation) override;
  void on_session_end(const relay::Allocation& allocation, relay::EndReason reason) override;
  void on_refused(const relay::RefusedRequest& refused) override { refusals_.note(refused); }

  // `listener` hears of what matters to accounts: sessions of peers, logged or not. Before workers run.
  void listen(std::function<void(const SessionEvent&)> listener) { listener_ = std::move(listener); }

  // Logs what waits: at the end, when the loop does not run any more.
  void finish() {
    mailbox_.deliver();
    refusals_.finish();
  }
  [[nodiscard]] uint64_t lost() const { return mailbox_.dropped(); }
  // For those whom HTTP refuses: any thread.
  [[nodiscard]] RefusalLog& refusals() { return refusals_; }

 private:
  void pass_on(SessionEvent event);

  Log& log_;
  std::function<void(const SessionEvent&)> listener_ = [](const SessionEvent&) {};
  net::Mailbox<SessionEvent> mailbox_;
  RefusalLog refusals_;
};

}  // namespace app
