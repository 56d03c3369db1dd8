#include "cli/describe.h"

#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class Describe : public CliTest {
 protected:
  void PutEvent(const std::string& name, const std::string& about, const std::string& last,
                const std::string& rest) {
    grid_.api_.Put(Yaml("apiVersion: v1\nkind: Event\nmetadata: {name: " + name +
                        ", namespace: default}\ninvolvedObject: {kind: Task, name: " + about +
                        ", namespace: default}\nlastTimestamp: " + last + "\n" + rest));
  }
};

TEST_F(Describe, TellsAllThatThereIs) {
  grid_.PutTask("a",
                "metadata:\n  labels: {x: '1', y: '2'}\n  annotations: "
                "{kubectl.kubernetes.io/last-applied-configuration: '{}'}\n"
                "  ownerReferences: [{kind: TaskSet, name: s}]\n"
                "spec: {exec: {command: [ls, -l]}}\n"
                "status:\n  phase: Running\n  conditions:\n"
                "  - {type: Started, status: 'True', reason: Started, message: \"on m1\\nfine\", "
                "lastTransitionTime: '2026-01-01T00:00:00Z'}\n");
  PutEvent("e2", "a", "'2026-01-01T00:00:30Z'",
           "type: Warning\nreason: Slow\nmessage: m2\ncount: 3\nfirstTimestamp: "
           "'2026-01-01T00:00:00Z'\nsource: {component: agent}");
  PutEvent("e1", "a", "'2026-01-01T00:00:10Z'",
           "type: Normal\nreason: Scheduled\nmessage: m1\nreportingComponent: scheduler");
  PutEvent("e3", "b", "'2026-01-01T00:00:10Z'", "type: Normal\nreason: Other\nmessage: m3");
  grid_.clock_.Advance(std::chrono::seconds(60));
  const FakeGrid::Outcome described = grid_.Run({"describe", "task", "a"});
  EXPECT_EQ(described.code, 0) << described.err;
  EXPECT_EQ(described.out,
            "Name:         a\n"
            "Namespace:    default\n"
            "Kind:         Task (noizy.dev/v1)\n"
            "Labels:       x=1\n"
            "              y=2\n"
            "Annotations:  <none>\n"
            "Created:      2026-01-01T00:00:00Z (60s ago)\n"
            "Owned by:     TaskSet/s\n"
            "\nSpec:\n"
            "  exec:\n"
            "    command:\n"
            "    - ls\n"
            "    - -l\n"
            "\nStatus:\n"
            "  phase: Running\n"
            "\nConditions:\n"
            "  TYPE      STATUS   AGE   REASON    MESSAGE\n"
            "  Started   True     60s   Started   on m1...\n"
            "\nEvents:\n"
            "  TYPE      REASON      AGE                 FROM        MESSAGE\n"
            "  Normal    Scheduled   50s                 scheduler   m1\n"
            "  Warning   Slow        30s (x3 over 60s)   agent       m2\n");
}

TEST_F(Describe, KeepsSecretsToItself) {
  const Value secret = Yaml(
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {key: c2VjcmV0}\ntype: Opaque\n");
  const std::string text = DescribeObject(secret, {}, grid_.clock_.Now());
  EXPECT_EQ(text.find("c2VjcmV0"), std::string::npos);
  EXPECT_NE(text.find("\nData:\n  key: 6 bytes\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nType:  Opaque\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nEvents:  <none>\n"), std::string::npos);
}

TEST_F(Describe, SaysWhatHoldsUpADeletion) {
  const Value task = Yaml(
      "apiVersion: noizy.dev/v1\nkind: Task\nmetadata: {name: a, deletionTimestamp: "
      "'2025-12-31T23:59:00Z', finalizers: [noizy.dev/cancel]}\n");
  EXPECT_NE(DescribeObject(task, {}, grid_.clock_.Now())
                .find("Deleting:     2025-12-31T23:59:00Z (60s ago), waits for noizy.dev/cancel\n"),
            std::string::npos);
}

TEST_F(Describe, SeveralObjectsAndNone) {
  grid_.PutTask("a");
  grid_.PutTask("b");
  const std::string both = grid_.Run({"describe", "tasks"}).out;
  EXPECT_NE(both.find("Events:  <none>\n\n\nName:         b\n"), std::string::npos) << both;
  EXPECT_EQ(grid_.Run({"describe", "nodes"}).err, "No resources found\n");
  EXPECT_EQ(grid_.Run({"describe", "task", "none"}).code, 1);
}

}  // namespace
}  // namespace noizy::cli
