#include "controllers/scheduler/reconciler.h"

#include "machinery/transport/pipelined.h"
#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Task TaskNamed(const std::string& name, const std::string& cpu = "") {
  Task task;
  task.metadata.ns = "default";
  task.metadata.name = name;
  task.spec.exec.emplace().command = {"true"};
  if (!cpu.empty()) task.spec.resources.requests["cpu"] = cpu;
  return task;
}

Node NodeNamed(const std::string& name, const std::string& cpu = "4") {
  Node node;
  node.metadata.name = name;
  node.status.conditions = {{"Ready", "True", "AgentConnected", "", "2026-01-01T00:00:00Z", 1}};
  node.status.capabilities = {"exec"};
  node.status.allocatable = {{"cpu", cpu}, {"memory", "8Gi"}};
  return node;
}

Controller& AddTo(ReconcilerHarness& harness) {
  harness.api.AddKind<Task>();
  harness.api.AddKind<Node>();
  harness.api.AddKind<RoutingPolicy>();
  harness.api.AddKind<ResourceQuota>();
  Controller& controller = harness.Add(std::make_unique<SchedulerReconciler>(harness.Context()));
  Register(controller);
  return controller;
}

const bool kRegistered =
    RegisterReconcilerContract({.name = "SchedulerBinding",
                                .add = AddTo,
                                .world = {TaskNamed("t").ToValue(), NodeNamed("n1").ToValue()},
                                .key = QueueKey()}) &&
    RegisterReconcilerContract({.name = "SchedulerExplanation",
                                .add = AddTo,
                                .world = {TaskNamed("t", "9").ToValue(), NodeNamed("n1").ToValue()},
                                .key = QueueKey()});

class Scheduler : public ::testing::Test {
 protected:
  Scheduler() { AddTo(harness_); }

  void Put(const Task& task) { harness_.api.Put(task.ToValue()); }
  void Put(const Node& node) { harness_.api.Put(node.ToValue()); }
  Task Get(const std::string& name = "t") { return *harness_.api.Find<Task>({"default", name}); }
  /// Requested CPU of the Tasks on a node, in cores.
  int CoresOn(const std::string& node) {
    int tasks = 0;
    for (const Value& value : harness_.api.All(ResourceOf<Task>())) {
      if (StringAt(value, {"status", "nodeName"}) == node) ++tasks;
    }
    return tasks;
  }

  ReconcilerHarness harness_;
};

TEST_F(Scheduler, BindsATask) {
  Put(NodeNamed("n1"));
  Put(TaskNamed("t"));
  harness_.Settle();
  const Task task = Get();
  EXPECT_EQ(task.status.phase, "Scheduled");
  EXPECT_EQ(task.status.node_name, "n1");
  EXPECT_EQ(task.status.attempt, 1);
  EXPECT_EQ(task.status.attempts.size(), 1U);
  EXPECT_TRUE(IsConditionTrue(task.status.conditions, "Scheduled"));
  EXPECT_EQ(harness_.api.Writes().size(), 1U);
  EXPECT_EQ(harness_.EventTexts(),
            std::vector<std::string>{"Normal Scheduled Task/t: Attempt 1 was bound to node n1"});
}

TEST_F(Scheduler, ExplainsOnceWhyNothingFits) {
  Put(NodeNamed("n1"));
  Put(TaskNamed("t", "9"));
  harness_.Settle(seconds(300));
  const std::string message = "0/1 nodes are available: 1 node(s) had insufficient cpu.";
  EXPECT_EQ(Get().status.message, message);
  EXPECT_EQ(Get().status.phase, "Pending");
  EXPECT_EQ(harness_.api.Writes().size(), 1U);
  EXPECT_EQ(harness_.EventTexts(),
            std::vector<std::string>{"Warning FailedScheduling Task/t: " + message});
}

TEST_F(Scheduler, ANewNodeHelpsAWaitingTask) {
  Put(TaskNamed("t"));
  harness_.Settle();
  EXPECT_EQ(Get().status.message, "0/0 nodes are available: no node has joined the grid.");
  Put(NodeNamed("n1"));
  harness_.Settle(milliseconds(1));
  EXPECT_EQ(Get().status.node_name, "n1");
}

TEST_F(Scheduler, AnEndedTaskGivesItsResourcesBack) {
  Put(NodeNamed("n1", "1"));
  Put(TaskNamed("first", "1"));
  harness_.Settle();
  Put(TaskNamed("t", "1"));
  harness_.Settle();
  EXPECT_EQ(Get().status.phase, "Pending");
  Task first = Get("first");
  first.status.phase = "Succeeded";
  Put(first);
  harness_.Settle(milliseconds(1));
  EXPECT_EQ(Get().status.phase, "Scheduled");
}

TEST_F(Scheduler, WaitsForABackoffToTheMillisecond) {
  Put(NodeNamed("n1"));
  Task task = TaskNamed("t");
  task.status.next_attempt_time = "2026-01-01T00:00:02.500Z";
  Put(task);
  harness_.Settle(milliseconds(2499));
  EXPECT_EQ(Get().status.phase, "Pending");
  harness_.Settle(milliseconds(1));
  EXPECT_EQ(Get().status.phase, "Scheduled");
}

TEST_F(Scheduler, GoesOnAfterAFullPass) {
  Put(NodeNamed("n1"));
  const int count = static_cast<int>(kBindingsPerPass) * 2 + 3;
  for (int i = 0; i < count; ++i) Put(TaskNamed("t" + std::to_string(i)));
  harness_.Settle();
  EXPECT_EQ(CoresOn("n1"), count);
  EXPECT_EQ(harness_.api.Writes().size(), static_cast<std::size_t>(count));
}

// The local copy is late on purpose: what was bound in one pass is not in it in the next.
TEST(SchedulerAssumes, NothingIsSoldTwiceBeforeTheCopyCatchesUp) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    ReconcilerHarness harness(FeedOrder::kShuffled, seed);
    AddTo(harness);
    harness.api.Put(NodeNamed("n1", "3").ToValue());
    harness.Settle();
    for (int i = 0; i < 10; ++i) {
      harness.api.Put(TaskNamed("t" + std::to_string(i), "1").ToValue());
      harness.Settle(milliseconds(7));
    }
    harness.Settle();
    int bound = 0;
    for (const Value& value : harness.api.All(ResourceOf<Task>()))
      bound += StringAt(value, {"status", "phase"}) == "Scheduled" ? 1 : 0;
    EXPECT_EQ(bound, 3) << "seed " << seed;
  }
}

// The reconciler is run again by hand before any event is delivered.
TEST_F(Scheduler, CountsABindingThatOnlyItKnowsOf) {
  Put(NodeNamed("n1", "1"));
  harness_.Settle();
  SchedulerReconciler scheduler(harness_.Context());
  Put(TaskNamed("a", "1"));
  Put(TaskNamed("b", "1"));
  harness_.informers.Get<Task>().Replace(harness_.api.All(ResourceOf<Task>()));
  ASSERT_TRUE(scheduler.Reconcile(QueueKey()).ok());
  // The copy shows both as they were before.
  scheduler.feed().NoteAll();
  ASSERT_TRUE(scheduler.Reconcile(QueueKey()).ok());
  EXPECT_EQ(CoresOn("n1"), 1);
}

TEST_F(Scheduler, ARefusedBindingIsMadeAnew) {
  Put(NodeNamed("n1", "1"));
  harness_.Settle();
  harness_.api.FailWrites(1, Conflict("tasks.noizy.dev", "t", "somebody else wrote"));
  Put(TaskNamed("t", "1"));
  harness_.Settle();
  EXPECT_EQ(Get().status.node_name, "n1");
  EXPECT_EQ(Get().status.attempt, 1);
}

TEST_F(Scheduler, AGangIsBoundInOneWriteOrNotAtAll) {
  Put(NodeNamed("n1", "4"));
  harness_.Settle();
  for (const char* name : {"a", "b", "c"}) {
    Task member = TaskNamed(name, "1");
    member.spec.gang.emplace().name = "g";
    member.spec.gang->size = 3;
    Put(member);
  }
  // One member was changed by somebody else when the gang is bound.
  int refused = 0;
  std::size_t bound = 0;
  harness_.api.SetFault([&](const HttpRequest& request) {
    if (request.path.find("/b/status") == std::string::npos || refused++ > 0) return Status::Ok();
    bound = static_cast<std::size_t>(CoresOn("n1"));
    return Conflict("tasks.noizy.dev", "b", "somebody else wrote");
  });
  harness_.Settle(milliseconds(0));
  harness_.Settle();
  EXPECT_GE(refused, 2) << "it was tried again";
  EXPECT_EQ(bound, 0U);
  EXPECT_EQ(CoresOn("n1"), 3);
  EXPECT_EQ(Get("a").status.attempt, 1) << "the first try left no trace";
}

TEST_F(Scheduler, AGangWaitsForRoomForAllOfItAndARetryForNobody) {
  Put(NodeNamed("n1", "2"));
  const auto put = [this](const std::string& name) {
    Task member = TaskNamed(name, "1");
    member.spec.gang.emplace().name = "g";
    member.spec.gang->size = 3;
    Put(member);
  };
  for (const char* name : {"a", "b", "c"}) put(name);
  harness_.Settle();
  EXPECT_EQ(CoresOn("n1"), 0) << "two of three have room";
  Put(NodeNamed("n2", "1"));
  harness_.Settle();
  EXPECT_EQ(CoresOn("n1") + CoresOn("n2"), 3);
  // The others have ended, one is to run again.
  for (const char* name : {"a", "b", "c"}) {
    Task task = Get(name);
    task.status.phase = *name == 'c' ? "Pending" : "Succeeded";
    if (*name == 'c') task.status.node_name.clear();
    Put(task);
  }
  harness_.Settle();
  EXPECT_FALSE(Get("c").status.node_name.empty());
}

TEST_F(Scheduler, AQuotaIsKeptAndTold) {
  Put(NodeNamed("n1", "4"));
  ResourceQuota quota;
  quota.metadata.ns = "default";
  quota.metadata.name = "q";
  quota.spec.hard["requests.cpu"] = "1";
  harness_.api.Put(quota.ToValue());
  Put(TaskNamed("a", "1"));
  Put(TaskNamed("t", "1"));
  harness_.Settle();
  EXPECT_EQ(CoresOn("n1"), 1);
  EXPECT_EQ(Get().status.reason, "QuotaExceeded");
  EXPECT_EQ(Get().status.message,
            "0/1 nodes are available: 1 node(s) were closed to it: the quota of namespace "
            "\"default\" allows no more cpu at once.");
  harness_.api.Erase(ResourceOf<ResourceQuota>(), {"default", "q"});
  harness_.Settle();
  EXPECT_EQ(CoresOn("n1"), 2);
}

TEST_F(Scheduler, PreemptsAndTellsBoth) {
  Put(NodeNamed("n1", "1"));
  Put(TaskNamed("low", "1"));
  harness_.Settle();
  Task urgent = TaskNamed("t", "1");
  urgent.spec.priority = 10;
  Put(urgent);
  harness_.Settle();
  EXPECT_TRUE(IsConditionTrue(Get("low").status.conditions, "DisruptionTarget"));
  EXPECT_EQ(Get().status.reason, "Preempting");
  Task low = Get("low");
  low.status.phase = "Pending";
  low.status.node_name.clear();
  low.status.conditions.clear();
  Put(low);
  harness_.Settle();
  EXPECT_EQ(Get().status.node_name, "n1");
  EXPECT_EQ(Get("low").status.phase, "Pending");
  EXPECT_EQ(Get("low").status.reason, "Unschedulable");
}

TEST_F(Scheduler, APolicyChoosesTheStrategy) {
  Put(NodeNamed("n1"));
  Put(NodeNamed("n2"));
  RoutingPolicy policy;
  policy.metadata.name = "pack";
  policy.spec.strategy = "BinPack";
  harness_.api.Put(policy.ToValue());
  Put(TaskNamed("a", "1"));
  Put(TaskNamed("b", "1"));
  harness_.Settle();
  EXPECT_EQ(Get("a").status.node_name, Get("b").status.node_name);
  EXPECT_EQ(Get("a").status.routing->policy, "pack");
  EXPECT_EQ(Get("a").status.routing->strategy, "BinPack");
}

/// Keeps what it is asked; the test answers.
class FakeAdvisor final : public scheduling::Advisor {
 public:
  void Ask(const scheduling::Question& question, Done done) override {
    questions.push_back(question);
    answers.push_back(std::move(done));
  }
  void NoteDecided(const scheduling::Decided& decided) override { told.push_back(decided); }
  std::vector<scheduling::Question> questions;
  std::vector<Done> answers;
  std::vector<scheduling::Decided> told;
};

RoutingPolicy AiPolicy(const std::string& mode) {
  RoutingPolicy policy;
  policy.metadata.name = "ai";
  policy.spec.strategy = "AI";
  policy.spec.fallback = {"BinPack"};
  policy.spec.ai.emplace().mode = mode;
  return policy;
}

/// A Task that an advisor is asked about, with two nodes to choose from.
class SchedulerAdvice : public testing::Test {
 protected:
  void AskIn(const std::string& mode) {
    harness.api.AddKind<Task>();
    harness.api.AddKind<Node>();
    harness.api.AddKind<RoutingPolicy>();
    harness.api.AddKind<ResourceQuota>();
    Register(harness.Add(std::make_unique<SchedulerReconciler>(harness.Context(), &advisor)));
    harness.api.Put(NodeNamed("n1").ToValue());
    harness.api.Put(NodeNamed("n2").ToValue());
    harness.api.Put(AiPolicy(mode).ToValue());
    harness.Settle();
    harness.api.Put(TaskNamed("t", "1").ToValue());
    harness.Settle(milliseconds(1000));
  }
  Task task() { return *harness.api.Find<Task>({"default", "t"}); }

  FakeAdvisor advisor;
  ReconcilerHarness harness;
};

TEST_F(SchedulerAdvice, AnAdvisorDecidesWhereAPolicyAsksIt) {
  AskIn("Wait");
  ASSERT_EQ(advisor.questions.size(), 1U);
  EXPECT_EQ(task().status.reason, "WaitingForAdvice");
  const std::string chosen = advisor.questions[0].candidates.back().node;
  advisor.answers[0](scheduling::Advice{chosen, "claude", "m-1", "it is quiet there", 900});
  harness.Settle(milliseconds(0));
  EXPECT_EQ(task().status.node_name, chosen);
  EXPECT_EQ(task().status.routing->strategy, "AI");
  EXPECT_EQ(task().status.routing->decided_by, "claude");
  EXPECT_EQ(task().status.routing->model, "m-1");
  EXPECT_EQ(task().status.routing->latency_ms, 900);
}

TEST_F(SchedulerAdvice, ALateAnswerIsKeptWithTheTaskThatItWasAbout) {
  AskIn("Advise");
  ASSERT_EQ(advisor.questions.size(), 1U);
  EXPECT_EQ(task().status.routing->strategy, "BinPack");
  ASSERT_EQ(advisor.told.size(), 1U);
  EXPECT_EQ(advisor.told[0].policy, "ai");
  EXPECT_TRUE(advisor.told[0].fallback);
  RoutingRecord record;
  record.outcome = "Followed";
  record.answer_node = "n2";
  advisor.answers[0]({scheduling::Advice{"n2", "claude", "m-1", "", 900},
                      std::make_shared<const RoutingRecord>(record)});
  harness.Settle(milliseconds(0));
  EXPECT_EQ(task().status.routing->strategy, "BinPack") << "it is where it is";
  EXPECT_EQ(task().status.routing->record->outcome, "Late");
  EXPECT_EQ(task().status.routing->record->answer_node, "n2");
}

TEST_F(Scheduler, WithoutAnAdvisorTheFallbackDecides) {
  Put(NodeNamed("n1"));
  Put(NodeNamed("n2"));
  harness_.api.Put(AiPolicy("Wait").ToValue());
  Put(TaskNamed("t", "1"));
  harness_.Settle();
  EXPECT_EQ(Get().status.phase, "Scheduled");
  EXPECT_EQ(Get().status.routing->strategy, "BinPack");
  EXPECT_TRUE(Get().status.routing->fallback);
}

TEST_F(Scheduler, LearnsFromWhatFinished) {
  Put(NodeNamed("n1"));
  Put(TaskNamed("first", "1"));
  harness_.Settle();
  Task first = Get("first");
  first.status.phase = "Succeeded";
  first.status.execution_time_ms = 2000;
  Put(first);
  harness_.Settle();
  Put(TaskNamed("t", "1"));
  harness_.Settle();
  ASSERT_EQ(Get().status.routing->candidates.size(), 1U);
  EXPECT_NEAR(*Get().status.routing->candidates[0].finish_seconds, 2, 0.1);
}

TEST_F(Scheduler, ATaskStartsWhenItsDependenciesSucceeded) {
  Put(NodeNamed("n1"));
  Task task = TaskNamed("t");
  task.spec.depends_on = {"a", "b"};
  Put(task);
  Put(TaskNamed("a"));
  harness_.Settle();
  EXPECT_EQ(Get().status.phase, "Pending");
  for (const char* name : {"a", "b"}) {
    Task dependency = TaskNamed(name);
    dependency.status.phase = "Succeeded";
    Put(dependency);
    harness_.Settle();
    EXPECT_EQ(Get().status.phase, name == std::string("b") ? "Scheduled" : "Pending");
  }
}

TEST_F(Scheduler, AsksWhatBecameOfAWriteWithoutAnAnswer) {
  Put(NodeNamed("n1", "1"));
  harness_.Settle();
  SchedulerReconciler scheduler(harness_.Context());
  Put(TaskNamed("a", "1"));
  harness_.informers.Get<Task>().Replace(harness_.api.All(ResourceOf<Task>()));
  // The write is done, and its answer lost.
  harness_.api.SetFault([&](const HttpRequest& request) {
    if (!IsWrite(request)) return Status::Ok();
    harness_.api.SetFault(nullptr);
    EXPECT_TRUE(harness_.api.Handle(request).code == 200);
    return Timeout("the answer was lost");
  });
  EXPECT_EQ(scheduler.Reconcile(QueueKey()).status().reason(), StatusReason::kTimeout);
  EXPECT_EQ(CoresOn("n1"), 1);
  // Another Task comes before the event that shows the binding.
  Task other = TaskNamed("other", "1");
  harness_.informers.Get<Task>().Apply(
      {WatchEvent::Type::kAdded, harness_.api.Put(other.ToValue())});
  scheduler.feed().NoteTask(other.metadata.Key());
  ASSERT_TRUE(scheduler.Reconcile(QueueKey()).ok());
  EXPECT_EQ(CoresOn("n1"), 1);
  EXPECT_EQ(Get("other").status.phase, "Pending");
}

/// Keeps batches until the test has them served.
class HeldTransport final : public HttpTransport, public PipelinedTransport {
 public:
  explicit HeldTransport(std::shared_ptr<HttpTransport> inner) : inner_(std::move(inner)) {}
  Result<HttpReply> Do(const HttpRequest& request, milliseconds timeout) override {
    return inner_->Do(request, timeout);
  }
  Status Stream(const HttpRequest& request, const StreamSink& sink) override {
    return inner_->Stream(request, sink);
  }
  void DoAllLater(std::vector<HttpRequest> requests, Done done) override {
    held.emplace_back(std::move(requests), std::move(done));
  }
  void Serve() {
    const auto [requests, done] = std::move(held.front());
    held.pop_front();
    done(inner_->DoAll(requests, seconds(1)));
  }
  std::deque<std::pair<std::vector<HttpRequest>, Done>> held;

 private:
  const std::shared_ptr<HttpTransport> inner_;
};

/// A scheduler whose bindings are on their way until they are served.
class PipelinedScheduler : public testing::Test {
 protected:
  PipelinedScheduler() {
    harness_.api.AddKind<Task>();
    harness_.api.AddKind<Node>();
    harness_.api.AddKind<RoutingPolicy>();
    harness_.api.AddKind<ResourceQuota>();
    const ControllerContext given = harness_.Context();
    Register(harness_.Add(std::make_unique<SchedulerReconciler>(ControllerContext{
        client_, given.executor, given.clock, given.random, given.informers, given.events})));
    harness_.api.Put(NodeNamed("n1", "1000").ToValue());
    harness_.Settle(milliseconds(0));
  }
  void AddTasks(int from, int to) {
    for (int i = from; i < to; ++i)
      harness_.api.Put(TaskNamed("t" + std::to_string(i), "1").ToValue());
    harness_.Settle(milliseconds(0));
  }
  std::int64_t Bound() {
    return std::ranges::count_if(harness_.api.All(ResourceOf<Task>()), [](const Value& task) {
      return IntAt(task, {"status", "attempt"}) == 1;
    });
  }

  static constexpr int kPass = static_cast<int>(kBindingsPerPass);
  ReconcilerHarness harness_;
  std::shared_ptr<HeldTransport> transport_ =
      std::make_shared<HeldTransport>(harness_.api.Transport());
  Client client_{transport_};
};

TEST_F(PipelinedScheduler, DecidesTheNextWhileTheLastAreMadeDurable) {
  AddTasks(0, 3 * kPass);
  ASSERT_EQ(transport_->held.size(), static_cast<std::size_t>(kBatchesOnTheirWay));
  EXPECT_EQ(Bound(), 0);
  transport_->Serve();
  harness_.Settle(milliseconds(0));
  EXPECT_EQ(transport_->held.size(), static_cast<std::size_t>(kBatchesOnTheirWay));
  while (!transport_->held.empty()) {
    transport_->Serve();
    harness_.Settle(milliseconds(0));
  }
  EXPECT_EQ(Bound(), 3 * kPass);
}

TEST_F(PipelinedScheduler, WhatIsOnItsWayIsNotSoldTwice) {
  harness_.api.Put(NodeNamed("n1", "1").ToValue());
  AddTasks(0, 1);
  AddTasks(1, 2);
  ASSERT_EQ(transport_->held.size(), 1U);
  // An event about the Task shows it as it was.
  Task seen = *harness_.api.Find<Task>({"default", "t0"});
  seen.metadata.labels["a"] = "b";
  harness_.api.Put(seen.ToValue());
  harness_.Settle(milliseconds(0));
  EXPECT_EQ(transport_->held.size(), 1U);
  // Its write is refused, for it is of an older version: then it is bound anew.
  transport_->Serve();
  harness_.Settle();
  ASSERT_EQ(transport_->held.size(), 1U);
  transport_->Serve();
  harness_.Settle();
  EXPECT_TRUE(transport_->held.empty());
  EXPECT_EQ(Bound(), 1);
}

TEST_F(PipelinedScheduler, AnAnswerWithoutWordOfTheWriteIsLookedInto) {
  harness_.api.Put(NodeNamed("n1", "1").ToValue());
  AddTasks(0, 1);
  auto [requests, done] = std::move(transport_->held.front());
  transport_->held.pop_front();
  done({Status(Timeout("no answer"))});
  harness_.Settle();
  ASSERT_EQ(transport_->held.size(), 1U) << "the store said that it never arrived";
  transport_->Serve();
  harness_.Settle();
  EXPECT_EQ(Bound(), 1);
}

TEST(ReturnPath, EndsWithItsOwner) {
  FakeClock clock;
  int runs = 0;
  const auto executor = std::make_unique<FakeExecutor>(clock);
  const auto path = std::make_shared<ReturnPath>(*executor);
  path->Post([&] { ++runs; });
  executor->RunUntilIdle();
  path->Post([&] { ++runs; });
  path->Close();
  path->Post([&] { ++runs; });
  executor->RunUntilIdle();
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace noizy::scheduler
