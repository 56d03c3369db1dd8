#include <gtest/gtest.h>

#include "kinds/resourcequota.h"
#include "kinds/routingpolicy.h"
#include "machinery/client/typed.h"
#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class Why : public CliTest {
 protected:
  Why() {
    grid_.api_.AddKind<RoutingPolicy>();
    grid_.api_.AddKind<ResourceQuota>();
    for (const char* name : {"m1", "m2"}) {
      grid_.api_.Put(
          Yaml("apiVersion: noizy.dev/v1\nkind: Node\nmetadata: {name: " + std::string(name) +
               "}\nstatus:\n  conditions: [{type: Ready, status: 'True'}]\n"
               "  capabilities: [exec]\n  allocatable: {cpu: 2}\n"));
    }
  }
  void Put(const std::string& rest) {
    grid_.api_.Put(
        Yaml("apiVersion: noizy.dev/v1\nkind: Task\n"
             "metadata: {name: a, namespace: default}\n" +
             rest));
  }
};

TEST_F(Why, AWaitingTaskIsToldNodeByNode) {
  Put("spec: {exec: {command: [x]}, nodeName: m1, resources: {requests: {cpu: 9}}}\n"
      "status: {phase: Pending, reason: Unschedulable, message: nothing fits}\n");
  EXPECT_EQ(grid_.Run({"why", "task/a"}).out,
            "task/a is Pending: Unschedulable\nnothing fits\n\n"
            "NODE   NOW\n"
            "m1     had insufficient cpu\n"
            "m2     did not match the Task's node name \"m1\"\n");
}

TEST_F(Why, EveryAttemptHasItsCandidates) {
  Put(R"(spec: {exec: {command: [x]}}
status:
  phase: Running
  attempts:
  - number: 1
    nodeName: m2
    finishTime: "2026-01-01T00:00:00Z"
    reason: Error
    exitCode: 3
    routing: {strategy: LeastLoaded, policy: p, reason: r1, candidates: [{node: m2, score: 90}, {node: m1, score: 80}]}
  - {number: 2, nodeName: m1}
  routing: {strategy: FastestFinish, fallback: true, reason: r2, candidates: [{node: m1, score: 50.24, finishSeconds: 60}]}
)");
  EXPECT_EQ(grid_.Run({"why", "a"}).out,
            "task/a is Running\n\n"
            "Attempt 1 on node m2: Error (exit code 3)\n"
            "  LeastLoaded (policy p): r1\n"
            "  NODE   SCORE   FINISH(s)\n"
            "  m2     90.0    -\n"
            "  m1     80.0    -\n\n"
            "Attempt 2 on node m1\n"
            "  FastestFinish, as a fallback: r2\n"
            "  NODE   SCORE   FINISH(s)\n"
            "  m1     50.2    60.0\n");
}

TEST_F(Why, AModelsPartIsTold) {
  Put(R"(spec: {exec: {command: [x]}}
status:
  phase: Running
  attempts:
  - {number: 1, nodeName: m1}
  routing:
    strategy: AI
    policy: p
    cached: true
    reason: It has the GPU.
    candidates: [{node: m1, score: 50}]
    record: {mode: Wait, outcome: Followed, message: It has the GPU., provider: claude, model: claude-x, answerNode: m1,
             confidence: high, candidateNodes: [m2, m1], latencyMs: 640, inputTokens: 310, outputTokens: 41, costUSD: "0.0012"}
)");
  EXPECT_EQ(grid_.Run({"why", "a"}).out,
            "task/a is Running\n\n"
            "Attempt 1 on node m1\n"
            "  AI (policy p), by an earlier answer: It has the GPU.\n"
            "  Model claude (claude-x): Followed, chose m1 with high confidence: It has the GPU.\n"
            "  asked in mode Wait about 2 nodes, 640 ms, 310 + 41 tokens, $0.0012\n"
            "  NODE   SCORE   FINISH(s)\n"
            "  m1     50.0    -\n");
}

TEST_F(Why, WantsATask) {
  EXPECT_EQ(grid_.Run({"why"}).code, 2);
  EXPECT_EQ(grid_.Run({"why", "node/m1"}).code, 2);
  EXPECT_EQ(grid_.Run({"why", "task/none"}).err, "error: tasks.noizy.dev \"none\" not found\n");
}

}  // namespace
}  // namespace noizy::cli
