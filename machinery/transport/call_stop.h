// Ends HTTP calls that wait for their replies, once whoever made them stops.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "machinery/base/mutex.h"
#include "machinery/base/status.h"
#include "machinery/transport/http.h"
#include "machinery/transport/http_client.h"

namespace noizy {

/// Pulled once, for the calls under way and for all that come later. Thread-safe.
class CallStop {
 public:
  using Abort = std::function<void()>;

  /// A call under way. As long as it lives, Stop calls `abort` on its own thread, again and again:
  /// the first time may come before there is a connection to end.
  class Call {
   public:
    Call(CallStop& stop, Abort abort);
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call();

   private:
    CallStop& stop_;
    std::list<Abort>::const_iterator place_;
  };

  /// Returns when no call is under way: at once, but for one that is still connecting.
  void Stop();
  bool stopped() const;

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  std::list<Abort> calls_ NOIZY_GUARDED_BY(mutex_);
  bool stopped_ NOIZY_GUARDED_BY(mutex_) = false;
  int aborting_ NOIZY_GUARDED_BY(mutex_) = 0;  // calls stay while somebody ends them
};

/// As MakeHttpClient. Once `stop` is pulled, Do returns ServiceUnavailable; streams have their own
/// `cancelled`.
Result<std::unique_ptr<HttpTransport>> MakeStoppableHttpClient(HttpClientOptions options,
                                                               std::shared_ptr<CallStop> stop);

}  // namespace noizy
