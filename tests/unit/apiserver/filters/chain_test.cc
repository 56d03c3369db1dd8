#include "apiserver/filters/chain.h"

#include "machinery/base/metrics.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

// Keeps what it was answered; the request is given.
class RecordedExchange final : public HttpExchange {
 public:
  explicit RecordedExchange(std::string path, std::string method = "GET") {
    request_.method = std::move(method);
    request_.path = std::move(path);
    request_.peer = {"admin", {"system:masters"}, "01"};
  }
  const HttpRequest& request() const override { return request_; }
  void Reply(HttpReply reply) override {
    code = reply.code;
    headers = std::move(reply.headers);
  }
  std::shared_ptr<HttpStream> Stream(int, HttpHeaders, HttpStreamEvents) override {
    return nullptr;
  }

  int code = 0;
  HttpHeaders headers;

 private:
  HttpRequest request_;
};

// A store whose writes are answered when the test says so.
class HeldStore final : public Store {
 public:
  explicit HeldStore(Store& store) : store_(store) {}
  StoredObjectPtr Get(const StoreKey& key) const override { return store_.Get(key); }
  Result<Listing> List(const Scope& scope, const ListOptions& options) const override {
    return store_.List(scope, options);
  }
  void Write(std::vector<WriteOp> ops, WriteCallback done) override {
    held_.push_back(
        [this, ops = std::move(ops), done = std::move(done)] { store_.Write(ops, done); });
  }
  Result<std::unique_ptr<StoreWatch>> Watch(const Scope& scope, std::int64_t after,
                                            std::function<void()> wake) override {
    return store_.Watch(scope, after, std::move(wake));
  }
  std::int64_t Revision() const override { return store_.Revision(); }
  std::int64_t CompactedRevision() const override { return store_.CompactedRevision(); }
  Status Health() const override { return store_.Health(); }
  void Release() {
    for (const auto& write : held_) write();
    held_.clear();
  }

 private:
  Store& store_;
  std::vector<std::function<void()>> held_;
};

TEST(FilterChainTest, TooManyAtOnceAreTurnedAwayUntilOneIsDone) {
  FakeClock clock;
  SeededRandom random(1);
  MemoryStore memory(clock);
  HeldStore store(memory);
  ApiServer server({.store = store,
                    .kinds = BuiltinKinds(),
                    .clock = clock,
                    .random = random,
                    .ca_pem = "",
                    .limits = {.reads = 1, .writes = 1},
                    .checks = {},
                    .paths = {},
                    .subresources = {}});
  const auto create = [&] {
    auto exchange = std::make_shared<RecordedExchange>("/api/v1/namespaces", "POST");
    const_cast<HttpRequest&>(exchange->request()).body = R"({"metadata":{"name":"n"}})";
    server.handler()(exchange);
    return exchange;
  };
  const auto first = create();
  EXPECT_EQ(first->code, 0) << "waits for the disk";
  const auto second = create();
  EXPECT_EQ(second->code, 429);
  EXPECT_EQ(FindHeader(second->headers, "Retry-After"), "1");
  store.Release();
  EXPECT_EQ(first->code, 201);
  const auto third = create();
  EXPECT_EQ(third->code, 0) << "there is room again";
  store.Release();
  EXPECT_EQ(third->code, 409);
}

using ChainTest = ApiTest;

TEST_F(ChainTest, RequestsAreCountedByVerbResourceAndCode) {
  Counter counter("noizy_apiserver_requests_total", "Requests answered",
                  {{"verb", "get"}, {"resource", "tasks.noizy.dev"}, {"code", "404"}});
  const double before = counter.Value();
  Call("GET", TaskPath("nothing"));
  EXPECT_EQ(counter.Value(), before + 1);
}

TEST_F(ChainTest, UnknownResourcesShareOneLabel) {
  Counter counter("noizy_apiserver_requests_total", "Requests answered",
                  {{"verb", "other"}, {"resource", "other"}, {"code", "404"}});
  const double before = counter.Value();
  for (int i = 0; i < 10; ++i) Call("GET", "/apis/x.y/v1/things" + std::to_string(i));
  EXPECT_EQ(counter.Value(), before + 10);
}

TEST_F(ChainTest, ABrokenQueryIsABadRequest) {
  EXPECT_EQ(Call("GET", Under(kTasks, "?limit=%zz")).code, 400);
}

}  // namespace
}  // namespace noizy::apiserver
