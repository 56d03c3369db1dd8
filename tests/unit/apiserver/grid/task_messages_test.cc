#include "apiserver/grid/task_messages.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

TEST(TaskMessages, EveryFieldHasItsPlace) {
  v1::TaskRequest request;
  request.set_name("a");
  (*request.mutable_labels())["team"] = "x";
  request.set_type("render");
  request.mutable_exec()->add_command("sh");
  request.mutable_exec()->add_args("-c");
  request.mutable_exec()->set_working_dir("/tmp");
  request.set_payload("words");
  (*request.mutable_env())["A"] = "b";
  (*request.mutable_requests())["cpu"] = "500m";
  (*request.mutable_limits())["memory"] = "1Gi";
  request.set_node_name("m1");
  (*request.mutable_node_selector())["gpu"] = "rtx";
  request.set_priority(5);
  request.set_timeout_seconds(60);
  request.set_retry_limit(2);
  request.set_failover("AtMostOnce");
  request.set_routing_policy("p");
  request.set_require_ai(true);
  const auto wanted = ParseJson(R"({"apiVersion":"noizy.dev/v1","kind":"Task",
    "metadata":{"name":"a","labels":{"team":"x"}},
    "spec":{"type":"render","exec":{"command":["sh"],"args":["-c"],"workingDir":"/tmp"},
      "payload":"words","env":[{"name":"A","value":"b"}],
      "resources":{"requests":{"cpu":"500m"},"limits":{"memory":"1Gi"}},
      "nodeName":"m1","nodeSelector":{"gpu":"rtx"},"routing":{"policy":"p","requireAI":true},
      "priority":5,"timeoutSeconds":60,"retry":{"limit":2},"failover":"AtMostOnce"}})");
  EXPECT_TRUE(Equal(TaskOf(request).ValueOr(nullptr), *wanted));
}

TEST(TaskMessages, WhatIsLeftOutIsLeftToTheDefaults) {
  v1::TaskRequest request;
  request.mutable_script()->set_source("echo");
  EXPECT_EQ(ToJson(TaskOf(request).ValueOr(nullptr)),
            R"({"apiVersion":"noizy.dev/v1","kind":"Task","metadata":{"generateName":"task-"},)"
            R"("spec":{"script":{"source":"echo"}}})");
}

TEST(TaskMessages, AnInferenceMayBeCold) {
  v1::TaskRequest request;
  request.mutable_inference()->set_model("m");
  request.mutable_inference()->set_prompt("p");
  request.mutable_inference()->set_temperature(0);
  const Value task = TaskOf(request).ValueOr(nullptr);
  EXPECT_NE(Find(task, {"spec", "inference", "temperature"}), nullptr);
  EXPECT_EQ(Find(task, {"spec", "inference", "maxTokens"}), nullptr);
}

TEST(TaskMessages, FieldsAreLaidOverTheManifest) {
  v1::TaskRequest request;
  request.set_manifest("metadata: {name: a}\nspec: {exec: {command: [sleep, '1']}, priority: 3}");
  request.set_priority(7);
  const Value task = TaskOf(request).ValueOr(nullptr);
  EXPECT_EQ(StringAt(task, {"metadata", "name"}), "a");
  EXPECT_EQ(IntAt(task, {"spec", "priority"}), 7);
  EXPECT_EQ(NamespaceOf(request, task), "default");
  request.set_manifest("metadata: {name: a, namespace: there}");
  EXPECT_EQ(NamespaceOf(request, TaskOf(request).ValueOr(nullptr)), "there");
  request.set_namespace_("here");
  EXPECT_EQ(NamespaceOf(request, TaskOf(request).ValueOr(nullptr)), "here");
  EXPECT_EQ(ArrayAt(task, {"spec", "exec", "command"})->size(), 2U);
}

TEST(TaskMessages, WhatIsNoTaskIsRefusedByItsFieldsName) {
  v1::TaskRequest request;
  for (const char* manifest : {"kind: Node", "[1]", "a: 1\n---\nb: 2", "a: 'open"}) {
    request.set_manifest(manifest);
    const Status refused = TaskOf(request).status();
    EXPECT_EQ(refused.reason(), StatusReason::kBadRequest) << manifest;
    EXPECT_TRUE(refused.message().starts_with("manifest: ")) << refused.message();
  }
  request.clear_manifest();
  request.set_payload("\xff\xfe");
  EXPECT_TRUE(TaskOf(request).status().message().starts_with("payload: "));
  request.set_payload(std::string((std::size_t{1} << 20) + 1, 'a'));
  EXPECT_TRUE(TaskOf(request).status().message().starts_with("payload: "));
}

TEST(TaskMessages, AnEndIsToldWhole) {
  const auto task = ParseJson(
      R"({"metadata":{"namespace":"n","name":"a","uid":"u"},"status":{"phase":"Failed",
      "exitCode":7,"result":"out","nodeName":"m1","executionTimeMs":12,"attempt":3,
      "reason":"Error","message":"it ended with 7"}})");
  const v1::ExecuteTaskResponse ended = ExecutedOf(*task);
  EXPECT_EQ(ended.ShortDebugString(),
            "namespace: \"n\" name: \"a\" uid: \"u\" phase: \"Failed\" exit_code: 7 result: "
            "\"out\" node_name: \"m1\" execution_time_ms: 12 attempt: 3 reason: \"Error\" "
            "message: \"it ended with 7\"");
  EXPECT_TRUE(HasEnded(*task));
  EXPECT_FALSE(HasEnded(Object()));
}

}  // namespace
}  // namespace noizy::apiserver
