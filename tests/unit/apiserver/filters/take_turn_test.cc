#include "apiserver/filters/take_turn.h"

#include <gtest/gtest.h>

#include <deque>

#include "machinery/base/metrics.h"
#include "machinery/transport/deferring_exchange.h"

namespace noizy::apiserver {
namespace {

// Keeps what it is to do later.
class WaitingExchange final : public DeferringExchange {
 public:
  explicit WaitingExchange(std::deque<std::function<void()>>& later) : later_(later) {}
  const HttpRequest& request() const override { return request_; }
  void Defer(std::function<void()> work) override { later_.push_back(std::move(work)); }
  void Reply(HttpReply) override {}
  std::shared_ptr<HttpStream> Stream(int, HttpHeaders, HttpStreamEvents) override {
    return nullptr;
  }
  HttpRequest request_;

 private:
  std::deque<std::function<void()>>& later_;
};

class TakeTurnTest : public ::testing::Test {
 protected:
  std::shared_ptr<RequestContext> Request(Identity who, const std::string& verb,
                                          const std::string& group = "noizy.dev",
                                          const std::string& plural = "tasks") {
    auto context = std::make_shared<RequestContext>();
    context->exchange = std::make_shared<WaitingExchange>(later_);
    context->identity = std::move(who);
    context->target.verb = verb;
    context->target.is_resource = true;
    context->target.group = group;
    context->target.plural = plural;
    return context;
  }
  // Whether the request was run before anything else was.
  bool RunsAtOnce(const std::shared_ptr<RequestContext>& context) {
    bool ran = false;
    EXPECT_TRUE(turns_.Enter(*context, [&](const FairQueue::Seat&) { ran = true; }).ok());
    const bool at_once = ran;
    while (!later_.empty()) {
      later_.front()();
      later_.pop_front();
    }
    EXPECT_TRUE(ran);
    return at_once;
  }

  FakeClock clock_;
  std::deque<std::function<void()>> later_;
  TurnTaker turns_{{.queue = {}, .watches = 2}, clock_};
  const Identity ada_{"ada", {"system:authenticated"}};
  const Identity root_{"root", {"system:masters"}};
};

TEST_F(TakeTurnTest, WhatKeepsTheGridAliveDoesNotWait) {
  EXPECT_TRUE(RunsAtOnce(Request({"system:node:a", {"system:nodes"}}, "patch")));
  EXPECT_TRUE(RunsAtOnce(Request(root_, "update", "coordination.k8s.io", "leases")));
  EXPECT_FALSE(RunsAtOnce(Request(ada_, "update", "coordination.k8s.io", "leases")));
  EXPECT_FALSE(RunsAtOnce(Request(root_, "get")));
  EXPECT_FALSE(RunsAtOnce(Request(ada_, "get")));
}

TEST_F(TakeTurnTest, ProbesDoNotWait) {
  const auto probe = Request({"system:anonymous", {"system:unauthenticated"}}, "get");
  probe->target.is_resource = false;
  static_cast<WaitingExchange&>(*probe->exchange).request_.path = "/readyz";
  EXPECT_TRUE(RunsAtOnce(probe));
}

TEST_F(TakeTurnTest, WatchesBeginAtOnceAndAreCounted) {
  auto first = Request(ada_, "watch");
  const auto second = Request(ada_, "watch");
  EXPECT_TRUE(RunsAtOnce(first));
  EXPECT_TRUE(RunsAtOnce(second));
  const auto third = Request(ada_, "watch");
  const Status status = turns_.Enter(*third, [](const FairQueue::Seat&) { FAIL(); });
  EXPECT_EQ(status.reason(), StatusReason::kTooManyRequests);
  EXPECT_TRUE(RunsAtOnce(Request({"bob", {}}, "watch"))) << "each user has its own";
  first.reset();
  EXPECT_TRUE(RunsAtOnce(third)) << "one has ended";
}

TEST_F(TakeTurnTest, AdministratorsMayWatchMore) {
  std::vector<std::shared_ptr<RequestContext>> open;
  for (int i = 0; i < 5; ++i) {
    open.push_back(Request(root_, "watch"));
    EXPECT_TRUE(RunsAtOnce(open.back()));
  }
}

TEST_F(TakeTurnTest, UsersAreCountedByClass) {
  Counter admitted("noizy_apiserver_flow_requests_total", "",
                   {{"flow", "service-accounts"}, {"outcome", "admitted"}});
  const double before = admitted.Value();
  RunsAtOnce(Request(ServiceAccountIdentity("team", "bot"), "get"));
  EXPECT_EQ(admitted.Value(), before + 1);
}

}  // namespace
}  // namespace noizy::apiserver
