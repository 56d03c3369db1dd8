#include "controllers/garbage_collector/reconciler.h"

#include <gtest/gtest.h>

#include "tests/unit/controllers/garbage_collector/family.h"
#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::garbage_collector {
namespace {

using std::chrono::seconds;

Controller& AddCollector(ReconcilerHarness& harness) {
  auto collector = std::make_unique<GarbageCollector>(harness.Context(), harness.Sources());
  GarbageCollector& follower = *collector;
  Controller& controller = harness.Add(std::move(collector));
  follower.Follow(controller);
  return controller;
}

const bool kRegistered = RegisterReconcilerContract({
    .name = "GarbageCollector",
    .add = [](ReconcilerHarness& harness) -> Controller& {
      harness.api.AddKind<Widget>();
      harness.informers.Get<Widget>();  // a cache for the contract to look at
      return AddCollector(harness);
    },
    .world = {ObjectOf(MakeNode("lost", {OwnedBy("gone")})), ObjectOf(MakeNode("parent")),
              ObjectOf(MakeNode("child", {OwnedBy("parent"), OwnedBy("gone")})),
              ObjectOf(MakeNode("grandchild", {OwnedBy("lost", true)}))},
    .world_at_once = true,  // a child that comes before its parent has none
    .key = ObjectKey{"", "lost"},
});

class GarbageCollectorTest : public testing::Test {
 protected:
  GarbageCollectorTest() {
    harness_.api.AddKind<Widget>();
    harness_.api.AddKind<Gadget>();
    harness_.api.AddKind({{"test.noizy.dev", "v1", "globals", false}, "Global"});
    AddCollector(harness_);
  }

  void Put(const Node& node) { harness_.api.Put(ObjectOf(node)); }
  void Delete(const std::string& name, const std::string& policy) {
    ASSERT_TRUE(harness_.client
                    .Delete(ResourceOf<Widget>(), {"default", name}, {.propagation_policy = policy})
                    .ok());
  }
  // The Widgets there are, each with "!" when it is being deleted.
  std::vector<std::string> Widgets() {
    std::vector<std::string> names;
    for (const Value& object : harness_.api.All(ResourceOf<Widget>())) {
      names.push_back(std::string(NameOf(object)) + (IsBeingDeleted(object) ? "!" : ""));
    }
    return names;
  }
  std::vector<OwnerReference> OwnersOf(const std::string& name) {
    return harness_.api.Find<Widget>({"default", name})->metadata.owner_references;
  }

  ReconcilerHarness harness_;
};

using Texts = std::vector<std::string>;

TEST_F(GarbageCollectorTest, BackgroundDeletionCascades) {
  ASSERT_TRUE(kRegistered);
  Put(MakeNode("a"));
  Put(MakeNode("b", {OwnedBy("a")}));
  Put(MakeNode("c", {OwnedBy("b")}));
  Put(MakeNode("d"));
  harness_.Settle();
  EXPECT_EQ(Widgets(), (Texts{"a", "b", "c", "d"}));
  Delete("a", "Background");
  EXPECT_EQ(Widgets(), (Texts{"b", "c", "d"}));
  harness_.Settle();
  EXPECT_EQ(Widgets(), Texts{"d"});
}

TEST_F(GarbageCollectorTest, ForegroundDeletionGoesBottomUp) {
  Put(MakeNode("a"));
  Put(MakeNode("b", {OwnedBy("a", true)}));
  Put(MakeNode("c", {OwnedBy("b", true)}, {"x.dev/slow"}));
  harness_.Settle();
  Delete("a", "Foreground");
  harness_.Settle();
  EXPECT_EQ(Widgets(), (Texts{"a!", "b!", "c!"}));  // all wait for the last one's finalizer
  EXPECT_TRUE(harness_.client
                  .Patch(ResourceOf<Widget>(), {"default", "c"}, PatchType::kMerge,
                         Object{{"metadata", Object{{"finalizers", nullptr}}}})
                  .ok());
  harness_.Settle();
  EXPECT_EQ(Widgets(), Texts{});
}

TEST_F(GarbageCollectorTest, ForegroundDeletionDoesNotWaitForThoseThatDoNotBlock) {
  Put(MakeNode("a"));
  Put(MakeNode("b", {OwnedBy("a", false)}, {"x.dev/slow"}));
  harness_.Settle();
  Delete("a", "Foreground");
  harness_.Settle();
  EXPECT_EQ(Widgets(), Texts{"b!"});
}

TEST_F(GarbageCollectorTest, OrphanDeletionLeavesTheDependents) {
  Put(MakeNode("a"));
  Put(MakeNode("b", {OwnedBy("a", true), OwnedBy("d")}));
  Put(MakeNode("c", {OwnedBy("a")}));
  Put(MakeNode("d"));
  harness_.Settle();
  Delete("a", "Orphan");
  harness_.Settle();
  EXPECT_EQ(Widgets(), (Texts{"b", "c", "d"}));
  EXPECT_EQ(OwnersOf("b"), std::vector<OwnerReference>{OwnedBy("d")});
  EXPECT_TRUE(OwnersOf("c").empty());
}

TEST_F(GarbageCollectorTest, ASecondOwnerKeepsADependent) {
  Put(MakeNode("a"));
  Put(MakeNode("b"));
  Put(MakeNode("c", {OwnedBy("a"), OwnedBy("b")}));
  harness_.Settle();
  Delete("a", "Background");
  harness_.Settle();
  EXPECT_EQ(Widgets(), (Texts{"b", "c"}));
  EXPECT_EQ(OwnersOf("c"), std::vector<OwnerReference>{OwnedBy("b")});
}

TEST_F(GarbageCollectorTest, AnotherObjectOfTheOwnersNameIsNotTheOwner) {
  Node impostor = MakeNode("a");
  impostor.metadata.uid = "another";
  Put(impostor);
  Put(MakeNode("b", {OwnedBy("a")}));
  harness_.Settle();
  EXPECT_EQ(Widgets(), Texts{"a"});
}

TEST_F(GarbageCollectorTest, AReferenceToTheRightUidByTheWrongNameIsNoOwner) {
  Put(MakeNode("a"));
  OwnerReference wrong = OwnedBy("a");
  wrong.name = "elsewhere";
  Put(MakeNode("b", {wrong}));
  harness_.Settle();
  EXPECT_EQ(Widgets(), Texts{"a"});
}

TEST_F(GarbageCollectorTest, AnOwnerOutsideTheGraphIsAskedFor) {
  // What cannot be watched is not in the graph, but may own.
  harness_.api.AddKind({{"", "v1", "events", true}, "Event", false});
  harness_.api.Put(
      Object{{"apiVersion", "v1"},
             {"kind", "Event"},
             {"metadata", Object{{"name", "e"}, {"namespace", "default"}, {"uid", "e"}}}});
  Put(MakeNode("b", {{"v1", "Event", "e", "e", false, false}}));
  Put(MakeNode("c", {{"v1", "Event", "e", "another", false, false}}));
  harness_.Settle();
  EXPECT_EQ(Widgets(), Texts{"b"});
}

TEST_F(GarbageCollectorTest, AnOwnerOfAKindNobodyServesKeepsItsDependents) {
  Put(MakeNode("a", {{"gone.dev/v1", "Mystery", "m", "m", false, false}}));
  harness_.Settle(std::chrono::minutes(20));
  EXPECT_EQ(Widgets(), Texts{"a"});
}

TEST_F(GarbageCollectorTest, AServerThatFailsDeletesNothing) {
  harness_.Settle();
  harness_.api.SetFault([](const HttpRequest& request) {
    const bool owner = request.path.ends_with("/widgets/gone");
    return owner ? Unavailable("not now") : Status::Ok();
  });
  Put(MakeNode("b", {OwnedBy("gone")}));
  harness_.Settle();
  EXPECT_EQ(Widgets(), Texts{"b"});
  harness_.api.SetFault(nullptr);
  harness_.Settle(seconds(60));
  EXPECT_EQ(Widgets(), Texts{});
}

TEST_F(GarbageCollectorTest, ANamespacedOwnerOfAClusterScopedObjectIsTold) {
  harness_.api.Put(Object{
      {"apiVersion", "test.noizy.dev/v1"},
      {"kind", "Global"},
      {"metadata", Object{{"name", "g"},
                          {"ownerReferences", Array{Object{{"apiVersion", "test.noizy.dev/v1"},
                                                           {"kind", "Widget"},
                                                           {"name", "w"},
                                                           {"uid", "w"}}}}}}});
  harness_.Settle();
  EXPECT_EQ(harness_.EventTexts(), Texts{"Warning OwnerRefInvalidNamespace Global/g: A "
                                         "cluster-scoped object cannot have a namespaced owner"});
  EXPECT_EQ(harness_.api.All({"test.noizy.dev", "v1", "globals", false}).size(), 1U);
}

TEST_F(GarbageCollectorTest, ACircleInTheForegroundComesToAnEnd) {
  Put(MakeNode("a", {OwnedBy("b", true)}));
  Put(MakeNode("b", {OwnedBy("a", true)}));
  Put(MakeNode("self", {OwnedBy("self", true)}));
  harness_.Settle();
  EXPECT_EQ(Widgets(), (Texts{"a", "b", "self"}));
  Delete("a", "Foreground");
  Delete("self", "Foreground");
  harness_.Settle();
  EXPECT_EQ(Widgets(), Texts{});
}

TEST_F(GarbageCollectorTest, NewKindsAreFollowedSoon) {
  const ResourceRef things{"new.dev", "v1", "things", true};
  harness_.api.AddKind({{"apiextensions.k8s.io", "v1", "customresourcedefinitions", false},
                        "CustomResourceDefinition"});
  harness_.Settle();
  harness_.api.AddKind({things, "Thing"});
  harness_.api.Put(Object{{"apiVersion", "apiextensions.k8s.io/v1"},
                          {"kind", "CustomResourceDefinition"},
                          {"metadata", Object{{"name", "things.new.dev"}}}});
  Value thing = Object{{"apiVersion", "new.dev/v1"}, {"kind", "Thing"}};
  ObjectMeta metadata = MakeNode("t", {OwnedBy("gone")}).metadata;
  metadata.resource_version.clear();
  Set(thing, {"metadata"}, metadata.ToValue());
  harness_.api.Put(thing);
  harness_.Settle(seconds(3));
  EXPECT_TRUE(harness_.api.All(things).empty());
}

TEST_F(GarbageCollectorTest, KindsStayFollowedWhileDiscoveryFails) {
  harness_.Settle();
  harness_.api.SetFault([](const HttpRequest& request) {
    return request.path == "/api" ? Unavailable("not now") : Status::Ok();
  });
  harness_.Settle(std::chrono::minutes(2));
  Put(MakeNode("b", {OwnedBy("gone")}));
  harness_.Settle();
  EXPECT_EQ(Widgets(), Texts{});
}

}  // namespace
}  // namespace noizy::garbage_collector
