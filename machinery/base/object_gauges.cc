#include "machinery/base/object_gauges.h"

#include <prometheus/gauge.h>

#include "machinery/base/metrics_registry.h"

namespace noizy {
namespace {

using GaugeFamily = prometheus::Family<prometheus::Gauge>;

GaugeFamily& FamilyOf(void* family) {
  return *static_cast<GaugeFamily*>(family);
}
prometheus::Gauge* GaugeOf(void* gauge) {
  return static_cast<prometheus::Gauge*>(gauge);
}

}  // namespace

ObjectGauges::ObjectGauges(std::string_view name, std::string_view help)
    : family_(&prometheus::BuildGauge()
                   .Name(std::string(name))
                   .Help(std::string(help))
                   .Register(MetricsRegistry())) {}

ObjectGauges::~ObjectGauges() {
  Replace({});
}

void ObjectGauges::Replace(const std::map<Labels, double>& values) {
  MutexLock lock(mutex_);
  for (auto gauge = gauges_.begin(); gauge != gauges_.end();) {
    if (values.contains(gauge->first)) {
      ++gauge;
      continue;
    }
    FamilyOf(family_).Remove(GaugeOf(gauge->second));
    gauge = gauges_.erase(gauge);
  }
  for (const auto& [labels, value] : values) {
    void*& gauge = gauges_[labels];
    if (gauge == nullptr) gauge = &FamilyOf(family_).Add(labels);
    GaugeOf(gauge)->Set(value);
  }
}

}  // namespace noizy
