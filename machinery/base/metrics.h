// Metrics for Prometheus. The registry is one per process; the text for /metrics comes from
// MetricsText().
//
// Label values come from closed sets only (verbs, codes, kinds the server knows): a label fed by
// user input would let anyone fill the server's memory (CVE-2020-8552).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace noizy {

using MetricLabels = std::initializer_list<std::pair<const std::string, std::string>>;

/// A number that only grows. Cheap to copy: a handle into the registry, which lives as long as the
/// process. Thread-safe.
class Counter {
 public:
  Counter(std::string_view name, std::string_view help, MetricLabels labels = {});
  void Increment(double by = 1);
  double Value() const;

 private:
  void* counter_;  // prometheus::Counter, which the registry owns
};

/// A number that goes up and down. As Counter.
class Gauge {
 public:
  Gauge(std::string_view name, std::string_view help, MetricLabels labels = {});
  void Set(double value);
  void Increment(double by = 1);
  void Decrement(double by = 1);
  double Value() const;

 private:
  void* gauge_;  // prometheus::Gauge
};

/// Observations counted in buckets; `bounds` are the upper bounds, ascending. As Counter.
class Histogram {
 public:
  Histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
            MetricLabels labels = {});
  void Observe(double value);

 private:
  void* histogram_;  // prometheus::Histogram
};

/// 100 µs to 10 s, for latencies in seconds.
std::vector<double> LatencyBuckets();

/// Everything registered, in the Prometheus text format 0.0.4.
std::string MetricsText();

}  // namespace noizy
