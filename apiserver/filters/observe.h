// Counts and times every request, by verb, resource and code: closed sets, so that nobody can fill
// the registry.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "machinery/base/clock.h"
#include "machinery/transport/deferring_exchange.h"

namespace noizy::apiserver {

/// What a request is counted under. Filled in by the filters while they find out; "other" until
/// then.
struct RequestLabels {
  std::string verb = "other";
  std::string resource = "other";
};

/// An exchange that reports how it was answered.
class ObservedExchange final : public DeferringExchange {
 public:
  ObservedExchange(std::shared_ptr<HttpExchange> exchange, const Clock& clock)
      : exchange_(std::move(exchange)), clock_(clock), received_(clock.Monotonic()) {}

  const HttpRequest& request() const override { return exchange_->request(); }
  void Defer(std::function<void()> work) override { noizy::Defer(*exchange_, std::move(work)); }
  void Reply(HttpReply reply) override;
  std::shared_ptr<HttpStream> Stream(int code, HttpHeaders headers,
                                     HttpStreamEvents events) override;

  MonotonicTime received() const { return received_; }
  /// Set before the request is handed on; read when it is answered.
  RequestLabels labels;
  /// Held until the request is answered: a place among those in flight.
  std::shared_ptr<void> slot;
  /// Called when the request is answered, before the answer is handed on; `reply` is null for a
  /// stream.
  std::function<void(int code, const HttpReply* reply)> on_answer;
  /// Sent as Audit-Id, unless empty.
  std::string audit_id;

 private:
  void Answered(int code, const HttpReply* reply, HttpHeaders& headers);

  const std::shared_ptr<HttpExchange> exchange_;
  const Clock& clock_;
  const MonotonicTime received_;
};

}  // namespace noizy::apiserver
