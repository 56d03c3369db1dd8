#include "doctor/grid_checks.h"

#include <gtest/gtest.h>

#include "machinery/meta/time.h"
#include "machinery/os/files.h"
#include "machinery/os/temporary_folder.h"

namespace noizy::doctor {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const WallTime kNow = WallTime(seconds(1'800'000'000));

void Expect(const Finding& finding, Verdict verdict, const std::string& part) {
  EXPECT_EQ(finding.verdict, verdict) << finding.says;
  EXPECT_NE(finding.says.find(part), std::string::npos) << finding.says;
}

Node NodeOf(const std::string& name, const std::string& ready, const std::string& version = "1.0") {
  Node node;
  node.metadata.name = name;
  node.status.conditions = {{"Ready", ready, "LeaseEnded", "not heard of for 40s", "", 0}};
  node.status.node_info.emplace();
  node.status.node_info->agent_version = version;
  return node;
}

Task Waiting(const std::string& name, Duration age) {
  Task task;
  task.metadata.ns = "default";
  task.metadata.name = name;
  task.metadata.creation_timestamp = FormatTime(kNow - age);
  task.status.conditions = {{"Scheduled", "False", "Unschedulable", "no node has a GPU", "", 0}};
  return task;
}

TEST(GridChecksTest, NodesThatAreLostAreNamedWithTheirReason) {
  Expect(CheckNodes({NodeOf("a", "True"), NodeOf("b", "True")}), Verdict::kOk,
         "2 nodes, all Ready");
  Expect(CheckNodes({NodeOf("a", "True"), NodeOf("b", "Unknown")}), Verdict::kWarn,
         "1 of 2 nodes not Ready: b (LeaseEnded: not heard of for 40s)");
  Expect(CheckNodes({NodeOf("a", "False")}), Verdict::kFail, "1 of 1 node");
  Expect(CheckNodes({Node()}), Verdict::kFail, "never heard of");
  Expect(CheckNodes({}), Verdict::kWarn, "there are none");
  Expect(CheckNodes({NodeOf("a", "No"), NodeOf("b", "No"), NodeOf("c", "No"), NodeOf("d", "No")}),
         Verdict::kFail, "and 1 more");
}

TEST(GridChecksTest, AgentsOfAnotherVersionAreNamed) {
  Expect(CheckVersions({NodeOf("a", "True"), NodeOf("b", "True", "")}, "1.0"), Verdict::kOk, "1.0");
  Expect(CheckVersions({NodeOf("a", "True"), NodeOf("old", "True", "0.9")}, "1.0"), Verdict::kWarn,
         "1 agent of another version than 1.0: old (0.9)");
}

TEST(GridChecksTest, TasksThatWaitForLongAreNamedWithTheReason) {
  Expect(CheckTasks({Waiting("young", minutes(4))}, kNow), Verdict::kOk, "none");
  Expect(CheckTasks({Waiting("old", minutes(20))}, kNow), Verdict::kWarn,
         "default/old for 20m (no node has a GPU)");
  Task bound = Waiting("bound", minutes(20));
  bound.status.node_name = "a";
  Task done = Waiting("done", minutes(20));
  done.status.phase = "Succeeded";
  Expect(CheckTasks({bound, done}, kNow), Verdict::kOk, "none");
  Task unseen = Waiting("unseen", minutes(20));
  unseen.status.conditions.clear();
  Expect(CheckTasks({unseen}, kNow), Verdict::kWarn, "nobody has looked at it");
}

TEST(GridChecks, TasksWhosePayloadsAreLostAreNamed) {
  const auto folder = TemporaryFolder::Make();
  Task whole = Waiting("whole", minutes(1));
  whole.spec.payload_ref = TaskPayloadRef{"there", 1};
  Task lost = Waiting("lost", minutes(1));
  lost.spec.payload_ref = TaskPayloadRef{"gone", 1};
  ASSERT_TRUE(WriteFileAtomically(folder->path() + "/there", "x").ok());
  Expect(CheckPayloads({whole, Waiting("plain", minutes(1))}, folder->path()), Verdict::kOk,
         "none");
  Expect(CheckPayloads({whole, lost}, folder->path()), Verdict::kWarn, "default/lost");
  lost.status.completion_time = "2026-01-01T00:00:00Z";
  Expect(CheckPayloads({lost}, folder->path()), Verdict::kOk, "none");
}

/// A server that answers /readyz so.
class OneReply final : public HttpTransport {
 public:
  explicit OneReply(Result<HttpReply> reply) : reply_(std::move(reply)) {}
  Result<HttpReply> Do(const HttpRequest& request, std::chrono::milliseconds) override {
    EXPECT_EQ(request.path, "/readyz");
    return reply_;
  }
  Status Stream(const HttpRequest&, const StreamSink&) override { return Unavailable("no"); }

 private:
  Result<HttpReply> reply_;
};

Findings Ask(Result<HttpReply> reply) {
  FakeClock clock;
  clock.SetWall(kNow);
  return CheckServer(Client(std::make_shared<OneReply>(std::move(reply))), clock);
}
HttpReply Reply(int code, const std::string& date, std::string body = "ok") {
  return {code, {{"Date", date}}, {SharedBytes(std::move(body))}};
}

TEST(GridChecksTest, TheServerIsAskedWhetherItIsReady) {
  const Findings fine = Ask(Reply(200, "Fri, 15 Jan 2027 08:00:00 GMT"));
  ASSERT_EQ(fine.size(), 2U);
  Expect(fine[0], Verdict::kOk, "is ready");
  Expect(fine[1], Verdict::kOk, "as the server's");
  Expect(Ask(Reply(500, "", "[+]ping ok\n[-]store failed: reason withheld\n"))[0], Verdict::kFail,
         "not ready (store)");
  const Findings gone = Ask(Unavailable("nobody listens"));
  ASSERT_EQ(gone.size(), 1U);
  Expect(gone[0], Verdict::kFail, "nobody listens");
}

TEST(GridChecksTest, ClocksThatDifferAreSeen) {
  Expect(Ask(Reply(200, "Fri, 15 Jan 2027 08:00:30 GMT"))[1], Verdict::kWarn, "30s behind");
  Expect(Ask(Reply(200, "Fri, 15 Jan 2027 07:00:00 GMT"))[1], Verdict::kFail,
         "ahead of the server's");
  Expect(Ask(Reply(200, "yesterday"))[1], Verdict::kWarn, "does not tell the time");
}

}  // namespace
}  // namespace noizy::doctor
