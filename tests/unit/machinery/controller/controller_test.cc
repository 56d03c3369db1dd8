#include "machinery/controller/controller.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "tests/fakes/reconciler_harness.h"
#include "tests/fakes/widget.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Does what the test says, and writes down its keys.
class ScriptedReconciler final : public Reconciler {
 public:
  struct Script {
    std::vector<std::string> keys;
    std::vector<MonotonicTime> times;
    std::function<Result<Requeue>(const ObjectKey&)> answer = [](const ObjectKey&) {
      return Requeue::None();
    };
  };
  ScriptedReconciler(Script& script, const Clock& clock, std::string name)
      : script_(script), clock_(clock), name_(std::move(name)) {}
  std::string_view name() const override { return name_; }
  Result<Requeue> Reconcile(const ObjectKey& key) override {
    script_.keys.push_back(key.ToString());
    script_.times.push_back(clock_.Monotonic());
    return script_.answer(key);
  }

 private:
  Script& script_;
  const Clock& clock_;
  std::string name_;
};

class ControllerTest : public testing::Test {
 protected:
  ControllerTest() {
    harness_.api.AddKind<Widget>();
    harness_.api.AddKind<Gadget>();
  }
  Controller& AddController(std::string name = "scripted") {
    return harness_.Add(
        std::make_unique<ScriptedReconciler>(script_, harness_.clock, std::move(name)));
  }
  std::vector<std::string> Keys() { return std::exchange(script_.keys, {}); }

  ScriptedReconciler::Script script_;
  ReconcilerHarness harness_;
};

using Names = std::vector<std::string>;

TEST_F(ControllerTest, ReconcilesWhatExistsAndWhatChanges) {
  AddController().For<Widget>();
  harness_.api.Put(MakeWidget("default", "a"));
  harness_.Settle();
  EXPECT_EQ(Keys(), Names{"default/a"});
  harness_.api.Put(MakeWidget("default", "b"));
  harness_.Settle();
  EXPECT_EQ(Keys(), Names{"default/b"});
  harness_.api.Erase(ResourceOf<Widget>(), {"default", "a"});
  harness_.Settle();
  EXPECT_EQ(Keys(), Names{"default/a"});
}

TEST_F(ControllerTest, WaitsUntilEveryInformerHasSynced) {
  AddController().For<Widget>();
  harness_.informers.Get<Gadget>();
  bool gadgets_synced = false;
  script_.answer = [&](const ObjectKey&) {
    gadgets_synced = harness_.informers.Get<Gadget>().HasSynced();
    return Requeue::None();
  };
  harness_.api.Put(MakeWidget("default", "a"));
  harness_.Settle();
  EXPECT_TRUE(gadgets_synced);
}

TEST_F(ControllerTest, OwnsReconcilesTheControllingOwner) {
  AddController().Owns<Gadget>("Widget");
  Gadget gadget;
  gadget.metadata.ns = "default";
  gadget.metadata.name = "g";
  gadget.metadata.owner_references = {
      {"test.noizy.dev/v1", "Widget", "owner", "u1", true, false},
      {"test.noizy.dev/v1", "Widget", "bystander", "u2", false, false},
      {"v1", "ConfigMap", "other", "u3", true, false}};
  harness_.api.Put(gadget.ToValue());
  harness_.Settle();
  EXPECT_EQ(Keys(), Names{"default/owner"});
}

TEST_F(ControllerTest, WatchesMapsOldAndNew) {
  AddController().Watches<Widget>([](const Widget& widget) {
    return std::vector<ObjectKey>{{"", "size-" + std::to_string(widget.size)}};
  });
  harness_.api.Put(MakeWidget("default", "a", 1));
  harness_.Settle();
  Keys();
  harness_.api.Put(MakeWidget("default", "a", 2));
  harness_.Settle();
  EXPECT_EQ(Keys(), (Names{"size-1", "size-2"}));
}

TEST_F(ControllerTest, RequeuesAfterTheTimeAskedFor) {
  AddController().For<Widget>();
  script_.answer = [this](const ObjectKey&) {
    return script_.keys.size() < 3 ? Requeue::After(seconds(3)) : Requeue::None();
  };
  harness_.api.Put(MakeWidget("default", "a"));
  harness_.Settle(seconds(60));
  ASSERT_EQ(script_.times.size(), 3U);
  EXPECT_EQ(script_.times[1] - script_.times[0], seconds(3));
  EXPECT_EQ(script_.times[2] - script_.times[1], seconds(3));
}

TEST_F(ControllerTest, ErrorsBackOffAndSuccessForgets) {
  AddController("failing").For<Widget>();
  script_.answer = [this](const ObjectKey&) -> Result<Requeue> {
    if (script_.keys.size() <= 5) return Unavailable("not now");
    return Requeue::None();
  };
  harness_.api.Put(MakeWidget("default", "a"));
  harness_.Settle();
  ASSERT_EQ(script_.times.size(), 6U);
  for (std::size_t i = 2; i < 6; ++i) {
    EXPECT_GT(script_.times[i] - script_.times[i - 1], script_.times[i - 1] - script_.times[i - 2]);
  }
  const Counter errors("noizy_controller_reconcile_errors_total", "Reconciles that failed",
                       {{"controller", "failing"}});
  EXPECT_EQ(errors.Value(), 5);
}

TEST_F(ControllerTest, RetryAfterIsHonoured) {
  AddController().For<Widget>();
  script_.answer = [this](const ObjectKey&) -> Result<Requeue> {
    if (script_.keys.size() > 1) return Requeue::None();
    StatusDetails details;
    details.retry_after_seconds = 4;
    return Status(StatusReason::kTooManyRequests, "slow down", details);
  };
  harness_.api.Put(MakeWidget("default", "a"));
  harness_.Settle();
  ASSERT_EQ(script_.times.size(), 2U);
  EXPECT_EQ(script_.times[1] - script_.times[0], seconds(4));
}

TEST_F(ControllerTest, ConflictsRetryAtOnceThenBackOff) {
  AddController().For<Widget>();
  script_.answer = [](const ObjectKey&) -> Result<Requeue> {
    return Conflict("widgets", "a", "changed");
  };
  harness_.api.Put(MakeWidget("default", "a"));
  harness_.Settle(Duration::zero());
  EXPECT_EQ(script_.keys.size(), 1U + kImmediateConflictRetries);
  harness_.Settle(milliseconds(10));
  EXPECT_EQ(script_.keys.size(), 2U + kImmediateConflictRetries);
}

TEST_F(ControllerTest, AThrowingReconcileIsAnErrorOfItsKeyAlone) {
  AddController("throwing").For<Widget>();
  script_.answer = [](const ObjectKey& key) -> Result<Requeue> {
    if (key.name == "bad") throw std::runtime_error("defect");
    if (key.name == "worse") throw 42;
    return Requeue::None();
  };
  for (const char* name : {"bad", "good", "worse"}) harness_.api.Put(MakeWidget("default", name));
  harness_.Settle(Duration::zero());
  EXPECT_EQ(Keys(), (Names{"default/bad", "default/good", "default/worse"}));
  const Counter panics("noizy_controller_reconcile_panics_total", "Reconciles that threw",
                       {{"controller", "throwing"}});
  EXPECT_EQ(panics.Value(), 2);
  harness_.Settle(milliseconds(10));
  EXPECT_EQ(Keys().size(), 2U);  // the two are tried again
}

TEST_F(ControllerTest, OthersTakeTurnsWithALongQueue) {
  AddController().For<Widget>();
  for (int i = 0; i < 10; ++i) harness_.api.Put(MakeWidget("default", "w" + std::to_string(i)));
  std::size_t done_when_other_ran = 99;
  script_.answer = [&](const ObjectKey&) {
    if (script_.keys.size() == 1) {
      harness_.executor.Post([&] { done_when_other_ran = script_.keys.size(); });
    }
    return Requeue::None();
  };
  harness_.Settle();
  EXPECT_EQ(script_.keys.size(), 10U);
  EXPECT_LT(done_when_other_ran, 3U);
}

TEST_F(ControllerTest, StopEndsAllWork) {
  Controller& controller = AddController();
  controller.For<Widget>();
  script_.answer = [](const ObjectKey&) { return Requeue::After(seconds(1)); };
  harness_.api.Put(MakeWidget("default", "a"));
  harness_.Settle(milliseconds(10));
  ASSERT_EQ(Keys().size(), 1U);
  controller.Stop();
  harness_.api.Put(MakeWidget("default", "b"));
  harness_.Settle(seconds(60));
  EXPECT_EQ(Keys(), Names{});
}

TEST_F(ControllerTest, EnqueueByHand) {
  Controller& controller = AddController();
  controller.Enqueue({{"", "early"}});
  harness_.Settle();
  controller.Enqueue({{"", "late"}});
  harness_.Settle();
  EXPECT_EQ(Keys(), (Names{"early", "late"}));
}

// Waits in every call until `most` of them are under way, for ten seconds at the longest.
class GatheringReconciler final : public Reconciler {
 public:
  explicit GatheringReconciler(int most) : most_(most) {}
  std::string_view name() const override { return "gathering"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override {
    const MutexLock lock(mutex_);
    keys_.push_back(key.name);
    if (++inside_ == most_) met_.NotifyAll();
    while (inside_ < most_) {
      if (met_.WaitFor(mutex_, seconds(10))) continue;
      keys_.emplace_back("nobody came to meet it");
      return Unavailable("alone");
    }
    if (key.name == "bad") throw std::runtime_error("bad");
    return Requeue::None();
  }
  std::vector<std::string> Keys() {
    const MutexLock lock(mutex_);
    return std::exchange(keys_, {});
  }

 private:
  const int most_;
  Mutex mutex_;
  CondVar met_;
  int inside_ NOIZY_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> keys_ NOIZY_GUARDED_BY(mutex_);
};

TEST_F(ControllerTest, KeysAreReconciledAbreastAndEachHasItsOwnOutcome) {
  auto reconciler = std::make_unique<GatheringReconciler>(3);
  GatheringReconciler& gathering = *reconciler;
  Controller& controller = harness_.Add(std::move(reconciler));
  controller.ReconcileAbreast(std::make_shared<WorkerPool>(2, 3));
  controller.Enqueue({{"", "a"}, {"", "bad"}, {"", "c"}, {"", "d"}});
  harness_.Settle(Duration::zero());
  Names keys = gathering.Keys();
  ASSERT_EQ(keys.size(), 4U);
  std::ranges::sort(keys);
  EXPECT_EQ(keys, (Names{"a", "bad", "c", "d"}));
  harness_.Settle(milliseconds(100));
  EXPECT_NE(std::ranges::count(gathering.Keys(), "bad"), 0) << "the one that failed comes again";
}

TEST_F(ControllerTest, MayBeDestroyedBeforeItsInformers) {
  auto controller = std::make_unique<Controller>(
      harness_.Context(),
      std::make_unique<ScriptedReconciler>(script_, harness_.clock, "short-lived"));
  controller->For<Widget>();
  controller->Start();
  harness_.api.Put(MakeWidget("default", "a"));
  harness_.informers.Start();
  controller.reset();
  harness_.Settle();
  EXPECT_EQ(Keys(), Names{});
}

}  // namespace
}  // namespace noizy
