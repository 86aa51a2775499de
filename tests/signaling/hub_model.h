// A slow and obvious reference of the hub, together with clients that lose their network, come back, confirm
// and ask again. It says what must come out; what does come out is held to it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "signaling/hub.h"

namespace signaling {

struct HubModel {
  struct Item {  // a message that its receiver does not have yet, as far as the hub can know
    int serial;
    bool waiting;  // no connection took it
    base::TimePoint due;
    uint64_t n = 0;
  };
  struct View {
    std::string name;
    bool verified;
    bool online;
    bool operator==(const View&) const = default;
  };
  struct Member {
    UserId user{};
    std::string name;
    bool verified = true;
    // What the hub holds of it.
    std::optional<ConnectionId> connection;
    int incarnation = 0;  // 0: no live session
    bool confirms = false;
    bool online = false;
    base::TimePoint offline_at = base::TimePoint::max();
    base::TimePoint resume_until = base::TimePoint::max();
    std::vector<Item> items;
    uint64_t given_n = 0;
    std::vector<std::pair<uint64_t, int>> given;  // n and serial of each message of the session
    uint64_t confirmed_n = 0;
    bool lost_unconfirmed = false;  // in this session
    int changes_missed = 0;         // of its user, since its connection went
    // What its client knows.
    bool deaf = false;  // its network is gone and the server does not know
    std::string session;
    uint64_t last_n = 0;
    uint64_t next_id = 1;
    std::set<int> received;
    std::map<PeerId, int> newest_from;
    std::map<PeerId, View> view;
    std::multiset<std::pair<uint64_t, ReceiptStatus>> owed;
  };
  struct Message {
    PeerId from{}, to{};
    std::optional<uint64_t> id;
    int incarnation = 0;  // of its sender
    std::optional<ReceiptStatus> end;
  };

  explicit HubModel(const HubOptions& bounds) : options(bounds) {}

  // The code of the refusal; nullopt: accepted as messages[serial].
  std::optional<int> send(base::TimePoint now, PeerId from, const std::string& target, int serial,
                          std::optional<uint64_t> id);
  void confirm(PeerId peer, uint64_t n);
  // `resumed_after`: as the hub decided; nullopt: fresh.
  void attach(base::TimePoint now, PeerId peer, ConnectionId connection, bool confirms,
              std::optional<uint64_t> resumed_after);
  void detach(base::TimePoint now, PeerId peer, Ending ending);
  void set_verified(base::TimePoint now, PeerId peer, bool verified);
  void remove(PeerId peer);
  void pass(base::TimePoint now);

  // Must, or may not, a resume succeed?
  [[nodiscard]] bool must_resume(const Member& member) const;

  PeerId find(UserId user, const std::string& name) const;  // PeerId{0} if there is none
  PeerId owner(ConnectionId connection) const;              // likewise
  // For the user's members: one more change that they may be told of.
  void note_change(UserId user);

  HubOptions options;
  std::map<PeerId, Member> members;
  std::map<int, Message> messages;
  std::map<ConnectionId, std::vector<int>> to_be_relayed;  // in this step, in order
  int last_incarnation = 0;

 private:
  void finish(int serial, ReceiptStatus end);
  void lose(Member& member);
  void flush(base::TimePoint now, Member& member);
};

}  // namespace signaling
