// An ordered set of rows whose every version stays what it was: changing one row of many makes a new set that
// shares the rest with the old one. Internal to storage.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace storage {

// Row: cheap to copy. KeyOf: gives a row's key, which < compares; a row with an equal key takes another's
// place. Immutable, so any number of threads may read it; a copy costs one pointer. An AVL tree: changing a
// row copies some log2(size) nodes.
template <typename Row, typename KeyOf>
class PersistentRows {
 public:
  PersistentRows() = default;
  // `rows` in the order of their keys, each key once.
  explicit PersistentRows(std::span<const Row> rows) : root_(build(rows)), size_(rows.size()) {}

  [[nodiscard]] PersistentRows with(const Row& row) const {
    return {put(root_, row), size_ + (find(KeyOf{}(row)) ? 0 : 1)};
  }
  template <typename Key>
  [[nodiscard]] PersistentRows without(const Key& key) const {
    return find(key) ? PersistentRows(drop(root_, key), size_ - 1) : *this;
  }

  // nullptr if there is none. Lives as long as any set that has it.
  template <typename Key>
  [[nodiscard]] const Row* find(const Key& key) const {
    const Row* row = lower_bound(key);
    return row && !(key < KeyOf{}(*row)) ? row : nullptr;
  }
  // The first that is not less than `key`; nullptr: all are.
  template <typename Key>
  [[nodiscard]] const Row* lower_bound(const Key& key) const {
    const Row* found = nullptr;
    for (const Node* node = root_.get(); node;) {
      const bool is_less = KeyOf{}(node->row) < key;
      if (!is_less) found = &node->row;
      node = is_less ? node->right.get() : node->left.get();
    }
    return found;
  }
  // Calls `visit` for the rows from `key` on, in order, until it says false.
  template <typename Key, typename Visit>
  void visit_from(const Key& key, Visit&& visit) const {
    static_cast<void>(walk_from(root_.get(), key, visit));
  }
  template <typename Visit>
  void visit_all(Visit&& visit) const {
    walk(root_.get(), visit);
  }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  struct Node;
  using Ref = std::shared_ptr<const Node>;
  struct Node {
    Row row;
    Ref left, right;
    int height;
  };
  PersistentRows(Ref root, size_t size) : root_(std::move(root)), size_(size) {}

  static int height(const Ref& node) { return node ? node->height : 0; }
  static Ref make(Ref left, const Row& row, Ref right) {
    const int tallest = std::max(height(left), height(right));
    return std::make_shared<const Node>(Node{row, std::move(left), std::move(right), tallest + 1});
  }
  static Ref build(std::span<const Row> rows) {
    if (rows.empty()) return nullptr;
    const size_t middle = rows.size() / 2;
    return make(build(rows.first(middle)), rows[middle], build(rows.subspan(middle + 1)));
  }
  // As make(), where one side may be taller by two: one row came or went there.
  static Ref balance(const Ref& left, const Row& row, const Ref& right) {
    if (height(left) > height(right) + 1) return lean_right(left, row, right);
    if (height(right) > height(left) + 1) return lean_left(left, row, right);
    return make(left, row, right);
  }
  static Ref lean_right(const Ref& left, const Row& row, const Ref& right) {
    if (height(left->left) >= height(left->right))
      return make(left->left, left->row, make(left->right, row, right));
    const auto& inner = left->right;
    return make(make(left->left, left->row, inner->left), inner->row, make(inner->right, row, right));
  }
  static Ref lean_left(const Ref& left, const Row& row, const Ref& right) {
    if (height(right->right) >= height(right->left))
      return make(make(left, row, right->left), right->row, right->right);
    const auto& inner = right->left;
    return make(make(left, row, inner->left), inner->row, make(inner->right, right->row, right->right));
  }
  static Ref put(const Ref& node, const Row& row) {
    if (!node) return make(nullptr, row, nullptr);
    const KeyOf key_of;
    if (key_of(row) < key_of(node->row)) return balance(put(node->left, row), node->row, node->right);
    if (key_of(node->row) < key_of(row)) return balance(node->left, node->row, put(node->right, row));
    return make(node->left, row, node->right);
  }
  // The row is there.
  template <typename Key>
  static Ref drop(const Ref& node, const Key& key) {
    const KeyOf key_of;
    if (key < key_of(node->row)) return balance(drop(node->left, key), node->row, node->right);
    if (key_of(node->row) < key) return balance(node->left, node->row, drop(node->right, key));
    if (!node->left) return node->right;
    if (!node->right) return node->left;
    const Node* next = node->right.get();
    while (next->left) next = next->left.get();
    return balance(node->left, next->row, drop(node->right, key_of(next->row)));
  }
  template <typename Visit>
  static void walk(const Node* node, Visit& visit) {
    if (!node) return;
    walk(node->left.get(), visit);
    visit(node->row);
    walk(node->right.get(), visit);
  }
  template <typename Key, typename Visit>
  static bool walk_from(const Node* node, const Key& key, Visit& visit) {
    if (!node) return true;
    if (KeyOf{}(node->row) < key) return walk_from(node->right.get(), key, visit);
    return walk_from(node->left.get(), key, visit) && visit(node->row) &&
           walk_from(node->right.get(), key, visit);
  }

  Ref root_;
  size_t size_ = 0;
};

}  // namespace storage
