#include "controllers/diagnosis/question.h"

#include <gtest/gtest.h>

#include "kinds/event.h"
#include "kinds/secret.h"
#include "machinery/value/json.h"
#include "tests/fakes/fake_api.h"

namespace noizy::diagnosis {
namespace {

// The API in memory, and a log.
class WithLog final : public HttpTransport {
 public:
  WithLog(FakeApi& api, std::string log) : api_(api), log_(std::move(log)) {}
  Result<HttpReply> Do(const HttpRequest& request, std::chrono::milliseconds) override {
    if (!request.path.ends_with("/log")) return api_.Handle(request);
    HttpReply reply;
    reply.body.emplace_back(log_);
    return reply;
  }
  Status Stream(const HttpRequest&, const StreamSink&) override { return Internal("unused"); }

 private:
  FakeApi& api_;
  const std::string log_;
};

struct World {
  FakeClock clock;
  FakeApi api{clock};
  Task task;

  World() {
    api.AddKind<Task>();
    api.AddKind<Event>();
    api.AddKind<Secret>();
    task.metadata.name = "a";
    task.metadata.ns = "default";
    task.status.attempt = 1;
    task.status.phase = "Failed";
    task.status.result = "the result";
  }
  Value Gathered(std::string log) {
    const Client client(std::make_shared<WithLog>(api, std::move(log)));
    return Gather(Question{.task = std::make_shared<const Task>(task)}, client);
  }
  void Happened(const std::string& name, const std::string& time, const std::string& about) {
    Event event;
    event.metadata.name = name;
    event.metadata.ns = "default";
    event.involved_object.kind = "Task";
    event.involved_object.name = about;
    event.reason = name;
    event.last_timestamp = time;
    api.Put(event.ToValue());
  }
};

TEST(DiagnosisGather, TheLogComesBeforeTheResult) {
  World world;
  EXPECT_EQ(StringAt(world.Gathered("from the log"), {"log"}), "from the log");
  EXPECT_EQ(StringAt(world.Gathered(""), {"log"}), "the result");
}

TEST(DiagnosisGather, ATaskThatNeverStartedHasNoLog) {
  World world;
  world.task.status.attempt = 0;
  EXPECT_EQ(StringAt(world.Gathered("of nobody"), {"log"}), "");
}

TEST(DiagnosisGather, OfAHugeLogWholeLinesAreRead) {
  World world;
  const std::string line = "half of this line is cut\n";
  EXPECT_EQ(
      StringAt(world.Gathered(line + std::string(256 * 1024 - 10, '.') + "\n" + "end"), {"log"}),
      "…end");
  EXPECT_EQ(StringAt(world.Gathered(std::string(300 * 1024, '.')), {"log"}), "");
}

TEST(DiagnosisGather, ItsOwnEventsAreToldOldestFirst) {
  World world;
  world.Happened("second", "2026-01-01T00:00:02Z", "a");
  world.Happened("first", "2026-01-01T00:00:01Z", "a");
  world.Happened("other", "2026-01-01T00:00:03Z", "b");
  const Value told = world.Gathered("x");
  const Array* events = ArrayAt(told, {"events"});
  ASSERT_NE(events, nullptr);
  ASSERT_EQ(events->size(), 2);
  EXPECT_EQ(StringAt(events->at(0), {"reason"}), "first");
  EXPECT_EQ(StringAt(events->at(1), {"reason"}), "second");
}

TEST(DiagnosisGather, AVariableThatLooksLikeASecretIsOne) {
  World world;
  world.task.spec.env.push_back({"API_TOKEN", "plain words here", {}});
  world.task.spec.env.push_back({"GREETING", "hello", {}});
  EXPECT_EQ(StringAt(world.Gathered("hello, plain words here"), {"log"}), "hello, [redacted]");
}

TEST(DiagnosisAsk, OnlyAnAnswerOfTheSchemaIsAccepted) {
  World world;
  const Client client(std::make_shared<WithLog>(world.api, "x"));
  std::vector<bool> accepted;
  const model::Asker ask = [&](const model::ChatRequest&, Duration deadline, const auto& accept) {
    EXPECT_EQ(deadline, kDeadline);
    for (const char* text :
         {"All is well.",
          R"({"rootCause":"x","recommendedActions":[],"riskLevel":1,"confidence":"low"})"}) {
      model::ChatAnswer answer;
      answer.text = text;
      accepted.push_back(accept(answer).ok());
    }
    model::Outcome outcome;
    outcome.reason = "AnswerInvalid";
    outcome.message = "no";
    return outcome;
  };
  const Report report =
      Ask(Question{.task = std::make_shared<const Task>(world.task), .policy = "p"}, client,
          world.clock, ask);
  EXPECT_EQ(accepted, (std::vector<bool>{false, true}));
  EXPECT_EQ(report.error, "AnswerInvalid: no");
  EXPECT_EQ(report.policy, "p");
  EXPECT_EQ(report.phase, "Failed");
}

}  // namespace
}  // namespace noizy::diagnosis
