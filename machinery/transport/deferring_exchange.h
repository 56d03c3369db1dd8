// Exchanges whose server can put work off, so that it can choose among what has come.
#pragma once

#include <functional>

#include "machinery/transport/http.h"

namespace noizy {

class DeferringExchange : public HttpExchange {
 public:
  /// Runs `work`, which must not block, on a server thread once the requests that have come there by
  /// now have been read.
  virtual void Defer(std::function<void()> work) = 0;
};

/// At once for exchanges of other kinds: nothing waits behind them.
inline void Defer(HttpExchange& exchange, std::function<void()> work) {
  if (auto* deferring = dynamic_cast<DeferringExchange*>(&exchange))
    return deferring->Defer(std::move(work));
  work();
}

}  // namespace noizy
