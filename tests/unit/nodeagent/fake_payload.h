// A payload at the control plane, for one node; what goes wrong on its way is a test's to say.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "machinery/transport/agent_transport.h"

namespace noizy::nodeagent {

/// For one thread. Outlives its fetches.
class FakePayload {
 public:
  std::string bytes;
  std::size_t piece = 4;
  /// How fetches end, one after the other, once so many bytes were told: then they go through.
  std::vector<std::pair<std::size_t, Status>> ends;
  /// Nothing comes until Release.
  bool held = false;
  std::vector<std::int64_t> offsets;  // of the fetches there were
  int cancelled = 0;

  std::shared_ptr<PayloadFetch> Fetch(const v1::PayloadRequest& request, PayloadEvents events) {
    offsets.push_back(request.offset());
    last_ = std::make_shared<Call>(*this, static_cast<std::size_t>(request.offset()),
                                   std::move(events));
    if (!held) last_->Next();
    return last_;
  }
  void Release() {
    held = false;
    last_->Next();
  }

 private:
  class Call final : public PayloadFetch {
   public:
    Call(FakePayload& payload, std::size_t at, PayloadEvents events)
        : payload_(payload), at_(at), events_(std::move(events)) {}

    void Next() override {
      if (cancelled_) return events_.on_end(Unavailable("cancelled"));
      const bool breaks = !payload_.ends.empty() && at_ >= payload_.ends.front().first;
      if (breaks) {
        const Status why = payload_.ends.front().second;
        payload_.ends.erase(payload_.ends.begin());
        return events_.on_end(why);
      }
      const std::string piece =
          payload_.bytes.substr(std::min(at_, payload_.bytes.size()), payload_.piece);
      at_ += piece.size();
      if (piece.empty()) return events_.on_end(Status::Ok());
      events_.on_piece(*this, piece);
    }
    void Cancel() override {
      if (!cancelled_) ++payload_.cancelled;
      cancelled_ = true;
    }

   private:
    FakePayload& payload_;
    std::size_t at_;
    PayloadEvents events_;
    bool cancelled_ = false;
  };

  std::shared_ptr<Call> last_;
};

}  // namespace noizy::nodeagent
