#include "apiserver/grid/grid.h"

#include <gtest/gtest.h>

#include "machinery/base/mutex.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

/// What came, for a test that waits for it. Thread-safe.
template <typename T>
class Box {
 public:
  void Put(T item) {
    MutexLock lock(mutex_);
    items_.push_back(std::move(item));
    changed_.NotifyAll();
  }
  /// Waits for so many, for a minute at most.
  std::vector<T> Await(std::size_t count) {
    MutexLock lock(mutex_);
    while (items_.size() < count && changed_.WaitFor(mutex_, std::chrono::minutes(1))) {
    }
    return items_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<T> items_ NOIZY_GUARDED_BY(mutex_);
};

class Sink final : public GridEventSink {
 public:
  void Send(v1::TaskEvent event) override { events.Put(std::move(event)); }
  void Close(Status status) override { closed.Put(std::move(status)); }

  Box<v1::TaskEvent> events;
  Box<Status> closed;
};

// The API and its store; what agents would do is done by patches of the status.
class GridServiceTest : public ApiTest {
 protected:
  ~GridServiceTest() override { executor_.Stop(); }

  static v1::ExecuteTaskRequest Execute(const std::string& name) {
    v1::ExecuteTaskRequest request;
    request.mutable_task()->set_name(name);
    request.mutable_task()->mutable_exec()->add_command("true");
    return request;
  }
  void SetStatus(const std::string& name, const std::string& status) {
    const Answer answer = Call("PATCH", TaskPath(name + "/status"), R"({"status":)" + status + "}",
                               {{"Content-Type", "application/merge-patch+json"}});
    ASSERT_EQ(answer.code, 200) << ToJson(answer.body);
  }
  void AwaitTask(const std::string& name, int code) {
    for (int i = 0; i < 100'000 && Call("GET", TaskPath(name)).code != code; ++i) {
    }
    ASSERT_EQ(Call("GET", TaskPath(name)).code, code);
  }
  bool GoingOrGone(const std::string& name) {
    const Answer answer = Call("GET", TaskPath(name));
    return answer.code == 404 || !answer.Text({"metadata", "deletionTimestamp"}).empty();
  }
  std::shared_ptr<GridCall> Run(const v1::ExecuteTaskRequest& request) {
    return grid_.ExecuteTask(admin_, request,
                             [this](auto result) { executed_.Put(std::move(result)); });
  }

  const GridCaller admin_{{"admin", {"system:masters"}, "01"}, "127.0.0.1:1"};
  const GridCaller nobody_{{"nobody", {}, "02"}, "127.0.0.1:2"};
  Box<Result<v1::ExecuteTaskResponse>> executed_;
  ThreadExecutor executor_;
  Grid grid_{server_.handler(), executor_};
};

TEST_F(GridServiceTest, ExecuteTaskAnswersWithTheEnd) {
  const auto call = Run(Execute("a"));
  AwaitTask("a", 200);
  SetStatus("a", R"({"phase":"Running","nodeName":"m1","attempt":1})");
  SetStatus("a", R"({"phase":"Failed","exitCode":7,"result":"out"})");
  const auto answers = executed_.Await(1);
  ASSERT_TRUE(answers.at(0).ok()) << answers.at(0).status().ToString();
  EXPECT_EQ(answers[0]->phase(), "Failed");
  EXPECT_FALSE(answers[0]->success());
  EXPECT_EQ(answers[0]->exit_code(), 7);
  EXPECT_EQ(answers[0]->node_name(), "m1");
}

TEST_F(GridServiceTest, WhatTheApiRefusesIsTheAnswer) {
  ASSERT_EQ(CreateTask("a").code, 201);
  (void)Run(Execute("a"));
  v1::ExecuteTaskRequest wrong = Execute("b");
  wrong.mutable_task()->set_failover("Sometimes");
  (void)executed_.Await(1);
  (void)Run(wrong);
  (void)executed_.Await(2);
  (void)grid_.ExecuteTask(nobody_, Execute("c"), [this](auto result) { executed_.Put(result); });
  const auto answers = executed_.Await(3);
  EXPECT_EQ(answers.at(0).status().reason(), StatusReason::kAlreadyExists);
  EXPECT_EQ(answers.at(1).status().reason(), StatusReason::kInvalid);
  EXPECT_NE(answers.at(1).status().message().find("spec.failover"), std::string::npos);
  EXPECT_EQ(answers.at(2).status().reason(), StatusReason::kForbidden);
}

TEST_F(GridServiceTest, ADeletedTasksEndIsNotFound) {
  const auto call = Run(Execute("a"));
  AwaitTask("a", 200);
  Call("PATCH", TaskPath("a"), R"({"metadata":{"finalizers":null}})",
       {{"Content-Type", "application/merge-patch+json"}});
  ASSERT_EQ(Call("DELETE", TaskPath("a")).code, 200);
  const auto answers = executed_.Await(1);
  EXPECT_EQ(answers.at(0).status().reason(), StatusReason::kNotFound);
}

TEST_F(GridServiceTest, ATaskOutlivesItsCallUnlessAskedToEndWithIt) {
  Run(Execute("stays"))->Cancel();
  AwaitTask("stays", 200);
  v1::ExecuteTaskRequest request = Execute("goes");
  request.set_cancel_with_call(true);
  const auto call = Run(request);
  AwaitTask("goes", 200);
  call->Cancel();
  for (int i = 0; i < 100'000 && !GoingOrGone("goes"); ++i) {
  }
  EXPECT_TRUE(GoingOrGone("goes"));
  EXPECT_FALSE(GoingOrGone("stays"));
}

TEST_F(GridServiceTest, AWatchTellsEveryChangeAndEndsAfterTheEnd) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const auto sink = std::make_shared<Sink>();
  v1::WatchTaskRequest request;
  request.set_name("a");
  request.set_status_only(true);
  const auto call = grid_.WatchTask(admin_, request, sink);
  EXPECT_EQ(sink->events.Await(1).at(0).status().phase(), "Pending");
  SetStatus("a", R"({"phase":"Running","nodeName":"m1","attempt":1})");
  EXPECT_EQ(sink->events.Await(2).at(1).status().node_name(), "m1");
  Call("PATCH", TaskPath("a"), R"({"metadata":{"labels":{"no":"news"}}})",
       {{"Content-Type", "application/merge-patch+json"}});
  SetStatus("a", R"({"phase":"Succeeded","result":"out"})");
  EXPECT_TRUE(sink->closed.Await(1).at(0).ok());
  const auto events = sink->events.Await(3);
  ASSERT_EQ(events.size(), 3U) << "a label is no news of the status";
  EXPECT_EQ(events[2].status().result(), "out");
}

TEST_F(GridServiceTest, AWatchOfNothingSaysSo) {
  const auto sink = std::make_shared<Sink>();
  v1::WatchTaskRequest request;
  EXPECT_EQ(grid_.WatchTask(admin_, request, sink), nullptr);
  EXPECT_EQ(sink->closed.Await(1).at(0).reason(), StatusReason::kBadRequest);
  request.set_name("none");
  const auto missing = std::make_shared<Sink>();
  (void)grid_.WatchTask(admin_, request, missing);
  EXPECT_EQ(missing->closed.Await(1).at(0).reason(), StatusReason::kNotFound);
  const auto forbidden = std::make_shared<Sink>();
  (void)grid_.WatchTask(nobody_, request, forbidden);
  EXPECT_EQ(forbidden->closed.Await(1).at(0).reason(), StatusReason::kForbidden);
}

TEST_F(GridServiceTest, HealthCountsNodesForThoseWhoMayListThem) {
  Apply("/apis/noizy.dev/v1/nodes", "{apiVersion: noizy.dev/v1, kind: Node, metadata: {name: a}}");
  Box<Result<v1::HealthCheckResponse>> answers;
  grid_.HealthCheck(admin_, [&](auto answer) { answers.Put(answer); });
  (void)answers.Await(1);
  grid_.HealthCheck(nobody_, [&](auto answer) { answers.Put(answer); });
  const auto both = answers.Await(2);
  EXPECT_EQ(both.at(0)->nodes(), 1);
  EXPECT_EQ(both.at(0)->ready_nodes(), 0);
  EXPECT_NE(both.at(0)->version(), "");
  EXPECT_EQ(both.at(1)->nodes(), 0);
}

}  // namespace
}  // namespace noizy::apiserver
