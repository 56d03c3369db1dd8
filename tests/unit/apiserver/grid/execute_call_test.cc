#include "apiserver/grid/execute_call.h"

#include "tests/unit/apiserver/grid/grid_fixture.h"

namespace noizy::apiserver {
namespace {

using ExecuteCallTest = GridServiceTest;

TEST_F(ExecuteCallTest, ExecuteTaskAnswersWithTheEnd) {
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

TEST_F(ExecuteCallTest, WhatTheApiRefusesIsTheAnswer) {
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

TEST_F(ExecuteCallTest, ADeletedTasksEndIsNotFound) {
  const auto call = Run(Execute("a"));
  AwaitTask("a", 200);
  Call("PATCH", TaskPath("a"), R"({"metadata":{"finalizers":null}})",
       {{"Content-Type", "application/merge-patch+json"}});
  ASSERT_EQ(Call("DELETE", TaskPath("a")).code, 200);
  const auto answers = executed_.Await(1);
  EXPECT_EQ(answers.at(0).status().reason(), StatusReason::kNotFound);
}

TEST_F(ExecuteCallTest, ATaskOutlivesItsCallUnlessAskedToEndWithIt) {
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

}  // namespace
}  // namespace noizy::apiserver
