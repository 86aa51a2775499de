// Metrics being collected, and their text for Prometheus.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

namespace app {

class Families {
 public:
  enum Type { kCounter, kGauge };
  using Labels = std::initializer_list<std::pair<const char*, std::string>>;

  Families();
  ~Families();

  // What add() adds to from now on. `name` and `help` as Prometheus's naming rules have them; counters end in
  // "_total".
  void begin(const char* name, const char* help, Type type);
  void add(Labels labels, double value);
  // begin() and an add() without labels.
  void add_one(const char* name, const char* help, Type type, double value);
  [[nodiscard]] std::string text() const;  // exposition format 0.0.4

 private:
  struct Collected;
  std::unique_ptr<Collected> collected_;
};

}  // namespace app
