#include "machinery/transport/call_stop.h"

#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <thread>

#include "tests/unit/machinery/transport/http_fixture.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;

HttpRequest Post() {
  HttpRequest request;
  request.method = "POST";
  request.path = "/";
  return request;
}

TEST(CallStopTest, EndsACallUntilItIsOver) {
  CallStop stop;
  std::promise<void> aborted;
  int times = 0;
  std::optional<CallStop::Call> call;
  call.emplace(stop, [&] {
    if (++times == 2) aborted.set_value();
  });
  std::thread stopping([&] { stop.Stop(); });
  aborted.get_future().wait();  // the first time did not help
  call.reset();
  stopping.join();
  EXPECT_TRUE(stop.stopped());
}

TEST(CallStopTest, HasNothingToWaitForWithoutACall) {
  CallStop stop;
  EXPECT_FALSE(stop.stopped());
  stop.Stop();
  stop.Stop();
  EXPECT_TRUE(stop.stopped());
}

TEST(CallStopTest, EndsACallToAServerThatIsSilentAndAllLaterOnes) {
  std::vector<std::shared_ptr<HttpExchange>> kept;
  std::promise<void> asked;
  const auto server = StartServer([&](std::shared_ptr<HttpExchange> exchange) {
    kept.push_back(std::move(exchange));
    asked.set_value();
  });
  HttpClientOptions options;
  options.base_url = "https://127.0.0.1:" + std::to_string(server->port());
  options.tls.ca_pem = HttpTestAuthority::Instance().ca_pem();
  const auto stop = std::make_shared<CallStop>();
  const auto client = MakeStoppableHttpClient(options, stop);
  ASSERT_TRUE(client.ok());
  std::thread stopping([&] {
    asked.get_future().wait();
    stop->Stop();
  });
  const milliseconds forever{1'000'000};
  const auto ended = (*client)->Do(Post(), forever);
  stopping.join();
  EXPECT_EQ(ended.status().reason(), StatusReason::kServiceUnavailable);
  EXPECT_NE(ended.status().message().find("was given up"), std::string::npos)
      << ended.status().ToString();
  EXPECT_FALSE((*client)->Do(Post(), forever).ok());
  EXPECT_EQ(kept.size(), 1);
  kept.clear();
}

}  // namespace
}  // namespace noizy
