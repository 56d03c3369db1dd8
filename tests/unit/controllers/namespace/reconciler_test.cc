#include "controllers/namespace/reconciler.h"

#include <gtest/gtest.h>

#include "machinery/meta/condition.h"
#include "tests/fakes/widget.h"
#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::namespace_controller {
namespace {

using std::chrono::seconds;

Value MakeNamespace(std::string_view name, bool dying) {
  Value object =
      Object{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", Object{{"name", name}}}};
  Set(object, {"spec", "finalizers"}, Array{kNamespaceFinalizer});
  Set(object, {"status", "phase"}, "Active");
  if (dying) Set(object, {"metadata", "deletionTimestamp"}, "2026-01-01T00:00:00Z");
  return object;
}

// A Widget that stays until somebody takes its finalizer off.
Value MakeSlowWidget(std::string_view ns, std::string_view name) {
  Value widget = MakeWidget(ns, name);
  Set(widget, {"metadata", "finalizers"}, Array{"x.dev/slow"});
  return widget;
}

Controller& AddNamespaceController(ReconcilerHarness& harness) {
  harness.api.AddKind<Namespace>();
  harness.api.AddKind<Widget>();
  harness.api.AddKind<Gadget>();
  Controller& controller = harness.Add(std::make_unique<NamespaceReconciler>(harness.Context()));
  controller.For<Namespace>();
  return controller;
}

const bool kRegistered = RegisterReconcilerContract({
    .name = "Namespace",
    .add = AddNamespaceController,
    .world = {MakeNamespace("work", true), MakeNamespace("other", false),
              MakeSlowWidget("work", "slow"), MakeWidget("work", "a"), MakeWidget("other", "b")},
    .world_at_once = true,  // nothing comes into a Namespace that is being deleted
});

class NamespaceReconcilerTest : public testing::Test {
 protected:
  NamespaceReconcilerTest() {
    AddNamespaceController(harness_);
    harness_.api.Put(MakeNamespace("work", false));
    harness_.api.Put(MakeNamespace("other", false));
    harness_.api.Put(MakeWidget("other", "bystander"));
  }
  void Delete() {
    harness_.Settle();
    ASSERT_TRUE(harness_.client.Delete(ResourceOf<Namespace>(), {"", "work"}).ok());
  }
  std::optional<Namespace> Work() { return harness_.api.Find<Namespace>({"", "work"}); }
  std::string ConditionText(std::string_view type) {
    const auto object = Work();
    const Condition* condition = object ? FindCondition(object->status.conditions, type) : nullptr;
    return condition == nullptr ? "none" : condition->status + " " + condition->message;
  }
  void LetGo(std::string_view name) {
    EXPECT_TRUE(harness_.client
                    .Patch(ResourceOf<Widget>(), {"work", std::string(name)}, PatchType::kMerge,
                           Object{{"metadata", Object{{"finalizers", nullptr}}}})
                    .ok());
  }

  ReconcilerHarness harness_;
};

TEST_F(NamespaceReconcilerTest, AnEmptyOneGoesAtOnce) {
  ASSERT_TRUE(kRegistered);
  Delete();
  harness_.Settle(Duration::zero());
  EXPECT_EQ(Work(), std::nullopt);
}

TEST_F(NamespaceReconcilerTest, AllContentGoesFirstAndOnlyItsOwn) {
  harness_.api.Put(MakeWidget("work", "a"));
  harness_.api.Put(MakeWidget("work", "b"));
  Delete();
  harness_.Settle(seconds(1));
  EXPECT_EQ(Work(), std::nullopt);
  const auto left = harness_.api.All(ResourceOf<Widget>());
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(NameOf(left[0]), "bystander");
}

TEST_F(NamespaceReconcilerTest, WhatTakesLongIsWaitedForAndTold) {
  harness_.api.Put(MakeSlowWidget("work", "slow"));
  Delete();
  harness_.Settle(std::chrono::minutes(2));
  ASSERT_NE(Work(), std::nullopt);
  EXPECT_EQ(Work()->status.phase, "Terminating");
  EXPECT_EQ(ConditionText("NamespaceContentRemaining"),
            "True Some resources are remaining: widgets.test.noizy.dev has 1 resource instances");
  EXPECT_EQ(ConditionText("NamespaceFinalizersRemaining"),
            "True Some content in the namespace has finalizers remaining: x.dev/slow in 1 resource "
            "instances");
  LetGo("slow");
  harness_.Settle(kLongestInterval);
  EXPECT_EQ(Work(), std::nullopt);
}

TEST_F(NamespaceReconcilerTest, WaitingWritesNothingButWhatChanges) {
  harness_.api.Put(MakeSlowWidget("work", "slow"));
  Delete();
  harness_.Settle(seconds(5));
  harness_.api.ForgetRequests();
  harness_.Settle(std::chrono::minutes(5));
  EXPECT_EQ(harness_.api.Writes().size(), 0U);
}

TEST_F(NamespaceReconcilerTest, AFailureIsToldAndTriedAgain) {
  harness_.api.Put(MakeWidget("work", "a"));
  harness_.api.SetFault([](const HttpRequest& request) {
    const bool emptying = request.method == "DELETE" && request.path.ends_with("/widgets");
    return emptying ? Forbidden("not yours") : Status::Ok();
  });
  Delete();
  harness_.Settle();
  EXPECT_EQ(ConditionText("NamespaceDeletionContentFailure"),
            "True widgets.test.noizy.dev: not yours");
  harness_.api.SetFault(nullptr);
  harness_.Settle(seconds(60));
  EXPECT_EQ(Work(), std::nullopt);
}

TEST_F(NamespaceReconcilerTest, WithoutDiscoveryNothingIsLetGo) {
  Delete();
  harness_.api.SetFault([](const HttpRequest& request) {
    return request.path == "/apis" ? Unavailable("not now") : Status::Ok();
  });
  harness_.Settle();
  ASSERT_NE(Work(), std::nullopt);
  EXPECT_EQ(ConditionText("NamespaceDeletionDiscoveryFailure"), "True not now");
  harness_.api.SetFault(nullptr);
  harness_.Settle(seconds(60));
  EXPECT_EQ(Work(), std::nullopt);
}

TEST_F(NamespaceReconcilerTest, OthersFinalizersAreTheirs) {
  Value object = MakeNamespace("work", false);
  Set(object, {"metadata", "finalizers"}, Array{"x.dev/mine"});
  harness_.api.Put(object);
  Delete();
  harness_.Settle();
  ASSERT_NE(Work(), std::nullopt);
  EXPECT_EQ(Work()->metadata.finalizers, std::vector<std::string>{"x.dev/mine"});
  EXPECT_TRUE(Work()->spec.finalizers.empty());
  EXPECT_EQ(Work()->status.phase, "Terminating");
}

TEST_F(NamespaceReconcilerTest, OneOfAnEarlierDatabaseGoesToo) {
  Value object = MakeNamespace("work", false);
  Remove(object, {"spec"});
  Set(object, {"metadata", "finalizers"}, Array{kEarlierNamespaceFinalizer});
  harness_.api.Put(object);
  harness_.api.Put(MakeWidget("work", "a"));
  Delete();
  harness_.Settle(seconds(1));
  EXPECT_EQ(Work(), std::nullopt);
  EXPECT_EQ(harness_.api.All(ResourceOf<Widget>()).size(), 1U);
}

TEST_F(NamespaceReconcilerTest, AKindThatGoesMeanwhileHoldsNothing) {
  harness_.api.SetFault([](const HttpRequest& request) {
    return request.path.ends_with("/gadgets") ? NotFound("gadgets", "") : Status::Ok();
  });
  Delete();
  harness_.Settle(seconds(1));
  EXPECT_EQ(Work(), std::nullopt);
}

}  // namespace
}  // namespace noizy::namespace_controller
