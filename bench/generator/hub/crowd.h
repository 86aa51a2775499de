// The clients of a hub, their connections and how they come to be attached.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "bench/generator/histogram.h"
#include "bench/generator/hub/hub_client.h"
#include "bench/generator/hub/options.h"
#include "bench/generator/poller.h"

namespace bench::generator::hub {

// One thread.
class Crowd {
 public:
  // `site` outlives it.
  Crowd(const HubSite& site, size_t clients);

  // Told of every text, after the crowd has made of it what concerns itself. May send.
  using OnHeard = std::function<void(uint32_t client, const Heard& heard, std::string_view text)>;

  // Attaches clients [from, to). The error is the first that failed, or that not all were there at `give_up`.
  [[nodiscard]] std::expected<void, std::string> attach(uint32_t from, uint32_t to, base::TimePoint give_up,
                                                        const OnHeard& on_heard);
  // Cuts every connection at once; who was attached comes back, with its session, as advance() finds time.
  void cut_all();
  // Reads what has come, waiting at most `timeout`, and goes on attaching who waits for it.
  void advance(std::chrono::milliseconds timeout, const OnHeard& on_heard);
  // False: not attached now.
  bool send(uint32_t client, std::string_view text);

  [[nodiscard]] size_t size() const { return members_.size(); }
  [[nodiscard]] size_t attached() const { return attached_; }
  [[nodiscard]] bool is_attached(uint32_t client) const { return members_[client]->attached; }
  [[nodiscard]] uint64_t resumed() const { return resumed_; }
  [[nodiscard]] uint64_t retries() const { return retries_; }            // attempts to come back that failed
  [[nodiscard]] uint64_t disconnected() const { return disconnected_; }  // once attached, by the server
  [[nodiscard]] const std::string& first_error() const { return first_error_; }
  // From beginning to connect, or from cut_all(), until attached.
  [[nodiscard]] const Histogram& attaching() const { return attaching_; }

 private:
  struct Member {
    HubClient connection;
    std::optional<ResumePoint> resume;
    base::TimePoint began{};
    bool attached = false;
    bool under_way = false;
  };

  void begin_waiting(base::TimePoint now);
  void begin(uint32_t client);
  void handle_text(uint32_t client, std::string_view text, const OnHeard& on_heard);
  void handle_welcome(Member& member, const Heard& heard);
  void handle_failure(uint32_t client);
  [[nodiscard]] base::IpAddress source_of(uint32_t client) const;

  const HubSite& site_;
  Poller poller_;
  std::vector<uint8_t> scratch_;
  std::vector<std::unique_ptr<Member>> members_;  // the index is the client's tag at the poller
  std::deque<uint32_t> waiting_;                  // to begin
  size_t under_way_ = 0;
  size_t attached_ = 0;
  uint64_t resumed_ = 0;
  uint64_t retries_ = 0;
  uint64_t disconnected_ = 0;
  bool comes_back_ = false;  // after cut_all()
  std::string first_error_;
  Histogram attaching_;
};

}  // namespace bench::generator::hub
