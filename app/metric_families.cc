#include "app/metric_families.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <vector>

namespace app {

struct Families::Collected {
  std::vector<prometheus::MetricFamily> families;
};

Families::Families() : collected_(std::make_unique<Collected>()) {}
Families::~Families() = default;

void Families::begin(const char* name, const char* help, Type type) {
  auto& family = collected_->families.emplace_back();
  family.name = name;
  family.help = help;
  family.type = type == kCounter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
}

void Families::add(Labels labels, double value) {
  auto& family = collected_->families.back();
  auto& metric = family.metric.emplace_back();
  for (const auto& [name, text] : labels) metric.label.push_back({name, text});
  (family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
}

void Families::add_one(const char* name, const char* help, Type type, double value) {
  begin(name, help, type);
  add({}, value);
}

std::string Families::text() const { return prometheus::TextSerializer().Serialize(collected_->families); }

}  // namespace app
