// The HTTP client's idle connections. For this folder only.
#pragma once

#include <chrono>
#include <deque>
#include <memory>

#include "machinery/base/mutex.h"
#include "machinery/transport/http_client_connector.h"

namespace noizy {

/// As many connections as there are concurrent calls; the one that was used last is used next, so
/// that those too many grow old and are closed. Thread-safe.
class HttpClientPool {
 public:
  /// `connector` must outlive the pool.
  explicit HttpClientPool(const HttpClientConnector& connector) : connector_(connector) {}

  struct Taken {
    std::unique_ptr<HttpClientConnection> connection;
    bool reused = false;  // it carried a request before, and the server may just have closed it
  };
  /// An idle connection that seems alive, or a new one.
  Taken Take();
  /// Keeps a connection whose last reply was read to its end.
  void Put(std::unique_ptr<HttpClientConnection> connection);

 private:
  struct Idle {
    std::unique_ptr<HttpClientConnection> connection;
    std::chrono::steady_clock::time_point since;
  };

  std::unique_ptr<HttpClientConnection> Pop();

  const HttpClientConnector& connector_;
  Mutex mutex_;
  std::deque<Idle> idle_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy
