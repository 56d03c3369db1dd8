#include "machinery/base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include <map>

#include "machinery/base/metrics_registry.h"

namespace noizy {
namespace {

std::map<std::string, std::string> LabelMap(MetricLabels labels) {
  return {labels.begin(), labels.end()};
}

template <typename Builder>
auto& Family(Builder builder, std::string_view name, std::string_view help) {
  return builder.Name(std::string(name)).Help(std::string(help)).Register(MetricsRegistry());
}

}  // namespace

prometheus::Registry& MetricsRegistry() {
  // Owned by nobody: threads that outlive main may still count.
  static auto* registry = new prometheus::Registry();
  return *registry;
}

Counter::Counter(std::string_view name, std::string_view help, MetricLabels labels)
    : counter_(&Family(prometheus::BuildCounter(), name, help).Add(LabelMap(labels))) {}
void Counter::Increment(double by) {
  static_cast<prometheus::Counter*>(counter_)->Increment(by);
}
double Counter::Value() const {
  return static_cast<prometheus::Counter*>(counter_)->Value();
}

Gauge::Gauge(std::string_view name, std::string_view help, MetricLabels labels)
    : gauge_(&Family(prometheus::BuildGauge(), name, help).Add(LabelMap(labels))) {}
void Gauge::Set(double value) {
  static_cast<prometheus::Gauge*>(gauge_)->Set(value);
}
void Gauge::Increment(double by) {
  static_cast<prometheus::Gauge*>(gauge_)->Increment(by);
}
void Gauge::Decrement(double by) {
  static_cast<prometheus::Gauge*>(gauge_)->Decrement(by);
}
double Gauge::Value() const {
  return static_cast<prometheus::Gauge*>(gauge_)->Value();
}

Histogram::Histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                     MetricLabels labels)
    : histogram_(&Family(prometheus::BuildHistogram(), name, help)
                      .Add(LabelMap(labels),
                           prometheus::Histogram::BucketBoundaries(std::move(bounds)))) {}
void Histogram::Observe(double value) {
  static_cast<prometheus::Histogram*>(histogram_)->Observe(value);
}

std::vector<double> LatencyBuckets() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
          0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
}

std::string MetricsText() {
  return prometheus::TextSerializer().Serialize(MetricsRegistry().Collect());
}

}  // namespace noizy
