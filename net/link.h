// A list whose links live inside its members, so that joining and leaving allocate nothing.
#pragma once

#include <cstddef>

namespace net {

// A member's place in at most one LinkList. Leaves it when destroyed.
template <typename Member>
class Link {
 public:
  Link() = default;  // a list's own anchor
  explicit Link(Member& member) : member_(&member) {}
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { unlink(); }

  [[nodiscard]] bool is_linked() const { return next_ != this; }
  void unlink() {
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = this;
  }

 private:
  template <typename>
  friend class LinkList;
  Member* member_ = nullptr;
  Link* next_ = this;
  Link* previous_ = this;
};

// First in, first out. Members still linked when the list dies are let go. Not for several threads.
template <typename Member>
class LinkList {
 public:
  LinkList() = default;
  LinkList(const LinkList&) = delete;
  LinkList& operator=(const LinkList&) = delete;
  ~LinkList() {
    while (pop()) {
    }
  }

  [[nodiscard]] bool empty() const { return !anchor_.is_linked(); }
  // A link that is in a list already stays where it is.
  void push(Link<Member>& link) {
    if (link.is_linked()) return;
    link.next_ = &anchor_;
    link.previous_ = anchor_.previous_;
    anchor_.previous_->next_ = &link;
    anchor_.previous_ = &link;
  }
  // The oldest member, unlinked; nullptr: the list is empty.
  Member* pop() {
    if (empty()) return nullptr;
    Link<Member>* const first = anchor_.next_;
    first->unlink();
    return first->member_;
  }
  // The oldest of the first `most` members that `fits`; it stays where it is. nullptr: none does.
  template <typename Fits>
  [[nodiscard]] Member* find(size_t most, Fits&& fits) const {
    for (auto* link = anchor_.next_; link != &anchor_ && most > 0; link = link->next_, --most) {
      if (fits(*link->member_)) return link->member_;
    }
    return nullptr;
  }
  // Everything moves over to `other`, which must be empty.
  void move_to(LinkList& other) {
    while (!empty()) {
      Link<Member>* const first = anchor_.next_;
      first->unlink();
      other.push(*first);
    }
  }

 private:
  Link<Member> anchor_;
};

}  // namespace net
