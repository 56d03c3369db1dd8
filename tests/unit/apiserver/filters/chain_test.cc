#include "apiserver/filters/chain.h"

#include <utility>

#include "machinery/base/metrics.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

// Keeps what it was answered; the request is given.
class RecordedExchange final : public HttpExchange {
 public:
  explicit RecordedExchange(std::string path, std::string method = "GET",
                            PeerIdentity peer = {"admin", {"system:masters"}, "01"}) {
    request_.method = std::move(method);
    request_.path = std::move(path);
    request_.peer = std::move(peer);
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
    const auto held = std::exchange(held_, {});  // an answer may bring the next write
    for (const auto& write : held) write();
  }

 private:
  Store& store_;
  std::vector<std::function<void()>> held_;
};

// A server whose writes wait for the test, for a user who may do all without being an
// administrator.
class BusyServerTest : public ::testing::Test {
 protected:
  BusyServerTest() {
    ApiServer setup(Options(memory_));
    EXPECT_TRUE(setup.EnsurePolicy().ok());
    auto binding = std::make_shared<RecordedExchange>(
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", "POST");
    const_cast<HttpRequest&>(binding->request()).body =
        R"({"metadata":{"name":"a"},"subjects":[{"kind":"User","name":"ada"}],)"
        R"("roleRef":{"kind":"ClusterRole","name":"cluster-admin"}})";
    setup.handler()(binding);
    EXPECT_EQ(binding->code, 201);
  }

  ApiServerOptions Options(Store& store) {
    return {.store = store,
            .kinds = BuiltinKinds(),
            .clock = clock_,
            .random = random_,
            .ca_pem = "",
            .limits = {.queue = {.reads = 1, .writes = 1, .flow_percent = 100, .waiting = 1}},
            .checks = {},
            .paths = {},
            .subresources = {}};
  }

  std::shared_ptr<RecordedExchange> Create(const PeerIdentity& peer) {
    auto exchange = std::make_shared<RecordedExchange>("/api/v1/namespaces", "POST", peer);
    const_cast<HttpRequest&>(exchange->request()).body = R"({"metadata":{"name":"n"}})";
    server_.handler()(exchange);
    return exchange;
  }

  FakeClock clock_;
  SeededRandom random_{1};
  MemoryStore memory_{clock_};
  HeldStore store_{memory_};
  ApiServer server_{Options(store_)};
};

TEST_F(BusyServerTest, WhatComesInExcessWaitsAndThenIsTurnedAway) {
  const PeerIdentity ada{"ada", {}, "02"};
  const auto first = Create(ada);
  EXPECT_EQ(first->code, 0) << "waits for the disk";
  const auto second = Create(ada);
  EXPECT_EQ(second->code, 0) << "waits for its turn";
  const auto third = Create(ada);
  EXPECT_EQ(third->code, 429);
  EXPECT_EQ(FindHeader(third->headers, "Retry-After"), "1");
  store_.Release();
  EXPECT_EQ(first->code, 201);
  store_.Release();
  EXPECT_EQ(second->code, 409);
}

TEST_F(BusyServerTest, AdministratorsAreNotTurnedAway) {
  const PeerIdentity admin{"admin", {"system:masters"}, "01"};
  std::vector<std::shared_ptr<RecordedExchange>> all;
  for (int i = 0; i < 5; ++i) all.push_back(Create(admin));
  store_.Release();
  for (const auto& one : all) EXPECT_NE(one->code, 429);
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
