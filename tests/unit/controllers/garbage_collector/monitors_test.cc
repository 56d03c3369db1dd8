#include "controllers/garbage_collector/monitors.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_api.h"
#include "tests/fakes/fake_source.h"
#include "tests/unit/controllers/garbage_collector/family.h"

namespace noizy::garbage_collector {
namespace {

using Texts = std::vector<std::string>;

class MonitorsTest : public testing::Test {
 protected:
  MonitorsTest() {
    api_.AddKind<Widget>();
    api_.AddKind({{"", "v1", "events", true}, "Event", false});
  }
  void Follow() {
    monitors_.Follow(*Discovery::Fetch(client_));
    executor_.RunUntilIdle();
  }
  Texts Changed() {
    executor_.RunUntilIdle();
    return std::exchange(changed_, {});
  }

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  FakeApi api_{clock_};
  Client client_{api_.Transport()};
  Texts changed_;
  int kinds_changed_ = 0;
  Monitors monitors_{
      FakeSources(api_, executor_),
      {[this](const Texts& uids) { changed_.insert(changed_.end(), uids.begin(), uids.end()); },
       [this] { ++kinds_changed_; }}};
};

TEST_F(MonitorsTest, FillsTheGraph) {
  EXPECT_FALSE(monitors_.HasSynced());
  api_.Put(ObjectOf(MakeNode("parent")));
  api_.Put(ObjectOf(MakeNode("child", {OwnedBy("parent")})));
  Follow();
  EXPECT_TRUE(monitors_.HasSynced());
  ASSERT_NE(monitors_.graph().Find("parent"), nullptr);
  EXPECT_EQ(monitors_.graph().Find("parent")->kind, "Widget");
  EXPECT_TRUE(monitors_.graph().HasDependents("parent"));
  EXPECT_EQ(Changed(), Texts{"child"});  // who has no owner concerns nobody
}

TEST_F(MonitorsTest, AnOwnersEndConcernsItsDependents) {
  api_.Put(ObjectOf(MakeNode("parent")));
  api_.Put(ObjectOf(MakeNode("child", {OwnedBy("parent")})));
  Follow();
  Changed();
  api_.Put(ObjectOf(Dying(MakeNode("parent", {}, {"foregroundDeletion"}))));
  EXPECT_EQ(Changed(), (Texts{"parent", "child"}));
  api_.Erase(ResourceOf<Widget>(), {"default", "parent"});
  EXPECT_EQ(Changed(), Texts{"child"});
  EXPECT_EQ(monitors_.graph().Find("parent"), nullptr);
}

TEST_F(MonitorsTest, ADependentsEndConcernsAnOwnerThatWaits) {
  api_.Put(ObjectOf(Dying(MakeNode("parent", {}, {"foregroundDeletion"}))));
  api_.Put(ObjectOf(MakeNode("child", {OwnedBy("parent")})));
  Follow();
  Changed();
  api_.Erase(ResourceOf<Widget>(), {"default", "child"});
  EXPECT_EQ(Changed(), Texts{"parent"});
}

TEST_F(MonitorsTest, KindsComeAndGo) {
  api_.AddKind<Gadget>();
  Follow();
  Gadget gadget;
  gadget.metadata = MakeNode("g", {OwnedBy("parent")}).metadata;
  gadget.metadata.resource_version.clear();
  api_.Put(gadget.ToValue());
  EXPECT_EQ(Changed(), Texts{"g"});
  api_.RemoveKind(ResourceOf<Gadget>());
  Follow();
  EXPECT_EQ(monitors_.graph().Find("g"), nullptr);
  EXPECT_TRUE(monitors_.HasSynced());
}

TEST_F(MonitorsTest, EventsAreNotFollowed) {
  Follow();
  for (const FakeApi::Request& request : api_.Requests()) {
    EXPECT_EQ(request.path.find("/events"), std::string::npos);
  }
  api_.Put(Object{{"apiVersion", "v1"},
                  {"kind", "Event"},
                  {"metadata", Object{{"name", "e"}, {"namespace", "n"}}}});
  Changed();
  EXPECT_EQ(monitors_.graph().size(), 0U);
}

TEST_F(MonitorsTest, DefinitionsAskForDiscovery) {
  api_.AddKind({{"apiextensions.k8s.io", "v1", "customresourcedefinitions", false},
                "CustomResourceDefinition"});
  Follow();
  EXPECT_EQ(kinds_changed_, 0);
  api_.Put(Object{{"apiVersion", "apiextensions.k8s.io/v1"},
                  {"kind", "CustomResourceDefinition"},
                  {"metadata", Object{{"name", "gadgets.test.noizy.dev"}}}});
  Changed();
  EXPECT_EQ(kinds_changed_, 1);
}

}  // namespace
}  // namespace noizy::garbage_collector
