// The contract test itself: a good reconciler passes every check, and for each check there is a bad
// one that fails it.
#include "tests/unit/machinery/controller/reconciler_contract.h"

#include "tests/fakes/widget.h"

namespace noizy {
namespace {

// What is wrong with a reconciler.
enum class Defect : std::uint8_t {
  kNone,
  kFailsWhenGone,
  kCreatesForTheDying,
  kAlwaysWrites,
  kIgnoresConflicts,
  kSwallowsErrors,
  kMutatesTheCache,
  kGivesNoReason,
  kCountsEvents,
};

// Makes a Gadget of its size for each Widget, and tells so in the condition Ready.
class WidgetReconciler final : public Reconciler {
 public:
  WidgetReconciler(const ControllerContext& context, Defect defect)
      : context_(context),
        defect_(defect),
        widgets_(context.informers.Get<Widget>().lister()),
        gadgets_(context.informers.Get<Gadget>().lister()) {}

  std::string_view name() const override { return "widget"; }

  Result<Requeue> Reconcile(const ObjectKey& key) override {
    ++runs_;
    const auto widget = widgets_.Get(key);
    if (!widget) {
      if (defect_ == Defect::kFailsWhenGone) return NotFound("widgets", key.name);
      return Requeue::None();
    }
    if (widget->metadata.BeingDeleted() && defect_ != Defect::kCreatesForTheDying)
      return Requeue::None();
    if (defect_ == Defect::kMutatesTheCache) const_cast<Widget&>(*widget).size = 42;
    const Status made = MakeGadget(*widget);
    if (!made.ok() && !Ignored(made)) return made;
    return Report(*widget);
  }

 private:
  Status MakeGadget(const Widget& widget) {
    if (gadgets_.Get(widget.metadata.Key())) return Status::Ok();
    Gadget gadget;
    gadget.metadata.ns = widget.metadata.ns;
    gadget.metadata.name = widget.metadata.name;
    gadget.size = defect_ == Defect::kCountsEvents ? runs_ : widget.size;
    const Status created =
        context_.client.Create(ResourceOf<Gadget>(), gadget.metadata.ns, gadget.ToValue()).status();
    return created.reason() == StatusReason::kAlreadyExists ? Status::Ok() : created;
  }

  bool Ignored(const Status& error) const {
    return defect_ == Defect::kSwallowsErrors ||
           (error.reason() == StatusReason::kConflict && defect_ == Defect::kIgnoresConflicts);
  }

  Result<Requeue> Report(const Widget& widget) {
    Widget next = widget;
    Condition ready{
        "Ready", "True", "GadgetMade", "The gadget is there", "", widget.metadata.generation};
    if (defect_ == Defect::kGivesNoReason) ready.reason = "";
    if (defect_ == Defect::kAlwaysWrites) ready.message = "run " + std::to_string(runs_);
    if (!SetCondition(next.conditions, ready, "2026-01-01T00:00:00Z")) return Requeue::None();
    const Status written =
        context_.client.UpdateStatus(ResourceOf<Widget>(), widget.metadata.Key(), next.ToValue())
            .status();
    if (!written.ok() && !Ignored(written)) return written;
    return Requeue::None();
  }

  ControllerContext context_;
  Defect defect_;
  const Lister<Widget>& widgets_;
  const Lister<Gadget>& gadgets_;
  int runs_ = 0;
};

ReconcilerScenario Scenario(Defect defect) {
  return {
      .name = "Widget",
      .add = [defect](ReconcilerHarness& harness) -> Controller& {
        harness.api.AddKind<Widget>();
        harness.api.AddKind<Gadget>();
        Controller& controller =
            harness.Add(std::make_unique<WidgetReconciler>(harness.Context(), defect));
        controller.For<Widget>();
        controller.Watches<Gadget>(
            [](const Gadget& gadget) { return std::vector<ObjectKey>{gadget.metadata.Key()}; });
        return controller;
      },
      .world = {MakeWidget("default", "a", 1), MakeWidget("default", "b", 2),
                MakeWidget("other", "c", 3)},
  };
}

const bool kRegistered = RegisterReconcilerContract(Scenario(Defect::kNone));

TEST(ReconcilerChecksTest, EachCheckFindsItsDefect) {
  ASSERT_TRUE(kRegistered);
  EXPECT_NE(CheckObjectGone(Scenario(Defect::kFailsWhenGone)), "");
  EXPECT_NE(CheckBeingDeleted(Scenario(Defect::kCreatesForTheDying)), "");
  EXPECT_NE(CheckSecondRunIsNoOp(Scenario(Defect::kAlwaysWrites)), "");
  EXPECT_NE(CheckConflict(Scenario(Defect::kIgnoresConflicts)), "");
  EXPECT_NE(CheckStoreError(Scenario(Defect::kSwallowsErrors)), "");
  EXPECT_NE(CheckCacheIsNotMutated(Scenario(Defect::kMutatesTheCache)), "");
  EXPECT_NE(CheckConditionsHaveReasons(Scenario(Defect::kGivesNoReason)), "");
  EXPECT_NE(CheckEventsShuffled(Scenario(Defect::kCountsEvents)), "");
}

TEST(ReconcilerChecksTest, AScenarioWithoutWritesTestsNothing) {
  ReconcilerScenario idle = Scenario(Defect::kNone);
  Set(idle.world[0], {"metadata", "deletionTimestamp"}, "2026-01-01T00:00:00Z");
  idle.world.resize(1);
  EXPECT_NE(CheckConflict(idle), "");
  EXPECT_NE(CheckStoreError(idle), "");
}

}  // namespace
}  // namespace noizy
