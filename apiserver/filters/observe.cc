#include "apiserver/filters/observe.h"

#include <map>
#include <tuple>

#include "machinery/base/metrics.h"
#include "machinery/base/mutex.h"

namespace noizy::apiserver {
namespace {

// Metric handles by label set, so that a request costs a map look-up and not a registration.
class RequestMetrics {
 public:
  static RequestMetrics& Instance() {
    // Owned by nobody, on purpose: threads may still count while main returns.
    static auto* metrics = new RequestMetrics();
    return *metrics;
  }

  void Count(const RequestLabels& labels, int code, double seconds) {
    Counter* counter = nullptr;
    Histogram* histogram = nullptr;
    {
      MutexLock lock(mutex_);
      counter = &counters_
                     .try_emplace({labels.verb, labels.resource, code},
                                  "noizy_apiserver_requests_total", "Requests answered",
                                  MetricLabels{{"verb", labels.verb},
                                               {"resource", labels.resource},
                                               {"code", std::to_string(code)}})
                     .first->second;
      histogram =
          &histograms_
               .try_emplace(
                   {labels.verb, labels.resource}, "noizy_apiserver_request_seconds",
                   "Time from a request's arrival to its answer (to the headers, for a watch)",
                   LatencyBuckets(),
                   MetricLabels{{"verb", labels.verb}, {"resource", labels.resource}})
               .first->second;
    }
    counter->Increment();
    histogram->Observe(seconds);
  }

 private:
  Mutex mutex_;
  std::map<std::tuple<std::string, std::string, int>, Counter> counters_ NOIZY_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, Histogram> histograms_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace

void ObservedExchange::Answered(int code, const HttpReply* reply, HttpHeaders& headers) {
  slot.reset();
  if (on_answer) on_answer(code, reply);
  // Objects change, and are not for everybody: nothing between us keeps them. Documents say
  // otherwise.
  if (FindHeader(headers, "Cache-Control").empty())
    headers.emplace_back("Cache-Control", "no-cache, private");
  if (!audit_id.empty()) headers.emplace_back("Audit-Id", audit_id);
  const Duration took = clock_.Monotonic() - received_;
  RequestMetrics::Instance().Count(labels, code, std::chrono::duration<double>(took).count());
}

void ObservedExchange::Reply(HttpReply reply) {
  Answered(reply.code, &reply, reply.headers);
  exchange_->Reply(std::move(reply));
}

std::shared_ptr<HttpStream> ObservedExchange::Stream(int code, HttpHeaders headers,
                                                     HttpStreamEvents events) {
  Answered(code, nullptr, headers);
  return exchange_->Stream(code, std::move(headers), std::move(events));
}

}  // namespace noizy::apiserver
