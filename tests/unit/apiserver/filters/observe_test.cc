#include "apiserver/filters/observe.h"

#include <gtest/gtest.h>

#include "machinery/base/metrics.h"

namespace noizy::apiserver {
namespace {

class CountingExchange final : public HttpExchange {
 public:
  const HttpRequest& request() const override { return request_; }
  void Reply(HttpReply) override { ++replies; }
  std::shared_ptr<HttpStream> Stream(int, HttpHeaders, HttpStreamEvents) override {
    ++streams;
    return nullptr;
  }
  int replies = 0;
  int streams = 0;

 private:
  HttpRequest request_;
};

double Requests(const std::string& verb, int code) {
  return Counter("noizy_apiserver_requests_total", "Requests answered",
                 {{"verb", verb}, {"resource", "things"}, {"code", std::to_string(code)}})
      .Value();
}

TEST(ObserveTest, EachAnswerIsCountedOnceAndHandedOn) {
  FakeClock clock;
  const auto inner = std::make_shared<CountingExchange>();
  ObservedExchange observed(inner, clock);
  observed.labels = {"observe-get", "things"};
  observed.Reply({200, {}, {}});
  EXPECT_EQ(inner->replies, 1);
  EXPECT_EQ(Requests("observe-get", 200), 1);

  ObservedExchange streamed(inner, clock);
  streamed.labels = {"observe-watch", "things"};
  streamed.Stream(200, {}, {});
  EXPECT_EQ(inner->streams, 1);
  EXPECT_EQ(Requests("observe-watch", 200), 1);
}

TEST(ObserveTest, ThePlaceInFlightIsFreeOnceAnswered) {
  FakeClock clock;
  ObservedExchange observed(std::make_shared<CountingExchange>(), clock);
  bool freed = false;
  observed.slot = std::shared_ptr<void>(nullptr, [&](void*) { freed = true; });
  observed.Reply({200, {}, {}});
  EXPECT_TRUE(freed);
}

}  // namespace
}  // namespace noizy::apiserver
