#include "machinery/controller/informer.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_api.h"
#include "tests/fakes/fake_source.h"
#include "tests/fakes/widget.h"

namespace noizy {
namespace {

Value Versioned(std::string_view name, std::string_view uid, std::string_view version,
                int size = 1) {
  Value widget = MakeWidget("default", name, size);
  Set(widget, {"metadata", "uid"}, Value(uid));
  Set(widget, {"metadata", "resourceVersion"}, Value(version));
  return widget;
}

// Writes down what handlers are told: "+a", "~a 1>2", "-a".
class InformerTest : public testing::Test {
 protected:
  InformerTest() {
    informer_.AddHandler([this](const Widget* before, const Widget* after) {
      if (before == nullptr) {
        told_.push_back("+" + after->metadata.name);
      } else if (after == nullptr) {
        told_.push_back("-" + before->metadata.name);
      } else {
        told_.push_back("~" + after->metadata.name + " " + std::to_string(before->size) + ">" +
                        std::to_string(after->size));
      }
    });
  }
  std::vector<std::string> Told() { return std::exchange(told_, {}); }

  Informer<Widget> informer_;
  std::vector<std::string> told_;
};

using Names = std::vector<std::string>;

TEST_F(InformerTest, ListsAndEventsReachListerAndHandlers) {
  informer_.Replace({Versioned("a", "u1", "1"), Versioned("b", "u2", "2")});
  EXPECT_EQ(Told(), (Names{"+a", "+b"}));
  informer_.Apply({WatchEvent::Type::kModified, Versioned("a", "u1", "3", 5)});
  EXPECT_EQ(Told(), Names{"~a 1>5"});
  informer_.Apply({WatchEvent::Type::kAdded, Versioned("c", "u3", "4")});
  informer_.Apply({WatchEvent::Type::kDeleted, Versioned("b", "u2", "5")});
  EXPECT_EQ(Told(), (Names{"+c", "-b"}));
  EXPECT_EQ(informer_.lister().All().size(), 2U);
  EXPECT_EQ(informer_.lister().Get({"default", "a"})->size, 5);
  EXPECT_EQ(informer_.lister().Get({"default", "b"}), nullptr);
}

TEST_F(InformerTest, RelistTellsOnlyWhatChanged) {
  informer_.Replace(
      {Versioned("a", "u1", "1"), Versioned("b", "u2", "2"), Versioned("c", "u3", "3")});
  Told();
  informer_.Replace(
      {Versioned("a", "u1", "1"), Versioned("b", "u2", "9", 7), Versioned("d", "u4", "8")});
  EXPECT_EQ(Told(), (Names{"~b 1>7", "+d", "-c"}));
}

TEST_F(InformerTest, AReplacedObjectIsADeletionAndACreation) {
  informer_.Replace({Versioned("a", "u1", "1")});
  Told();
  informer_.Replace({Versioned("a", "u2", "5")});
  EXPECT_EQ(Told(), (Names{"-a", "+a"}));
}

TEST_F(InformerTest, UnknownDeletionsAndBookmarksAreIgnored) {
  informer_.Replace({});
  informer_.Apply({WatchEvent::Type::kDeleted, Versioned("x", "u", "1")});
  informer_.Apply({WatchEvent::Type::kBookmark, Versioned("", "", "9")});
  EXPECT_EQ(Told(), Names{});
  EXPECT_TRUE(informer_.lister().All().empty());
}

TEST_F(InformerTest, AnUnreadableObjectStaysAsItWas) {
  Value broken = Versioned("a", "u1", "2");
  Remove(broken, {"spec"});
  informer_.Replace({broken, Versioned("b", "u2", "1")});
  EXPECT_EQ(Told(), Names{"+b"});
  informer_.Apply({WatchEvent::Type::kModified, Versioned("a", "u1", "3", 3)});
  informer_.Apply({WatchEvent::Type::kModified, broken});
  informer_.Replace({broken, Versioned("b", "u2", "1")});
  EXPECT_EQ(Told(), Names{"+a"});
  EXPECT_EQ(informer_.lister().Get({"default", "a"})->size, 3);
}

TEST_F(InformerTest, ObjectsHeldOutliveTheirUpdate) {
  informer_.Replace({Versioned("a", "u1", "1", 1)});
  const auto held = informer_.lister().Get({"default", "a"});
  informer_.Apply({WatchEvent::Type::kModified, Versioned("a", "u1", "2", 2)});
  EXPECT_EQ(held->size, 1);
  EXPECT_EQ(informer_.lister().Get({"default", "a"})->size, 2);
}

TEST_F(InformerTest, ALateHandlerIsToldWhatIsThere) {
  informer_.Replace({Versioned("a", "u1", "1")});
  std::vector<std::string> late;
  informer_.AddHandler(
      [&](const Widget*, const Widget* after) { late.push_back(after->metadata.name); });
  EXPECT_EQ(late, Names{"a"});
}

TEST_F(InformerTest, SyncedOnlyAfterTheFirstListWasHandled) {
  std::size_t told_when_synced = 99;
  informer_.WhenSynced([&] { told_when_synced = told_.size(); });
  informer_.Apply({WatchEvent::Type::kAdded, Versioned("a", "u1", "1")});
  EXPECT_FALSE(informer_.HasSynced());
  informer_.Replace({Versioned("a", "u1", "1"), Versioned("b", "u2", "1")});
  EXPECT_TRUE(informer_.HasSynced());
  EXPECT_EQ(told_when_synced, 2U);
}

TEST_F(InformerTest, SnapshotIsTheLocalCopy) {
  informer_.Replace({Versioned("b", "u2", "2"), Versioned("a", "u1", "1")});
  const auto snapshot = informer_.Snapshot();
  ASSERT_EQ(snapshot.size(), 2U);
  EXPECT_EQ(NameOf(snapshot[0]), "a");
  EXPECT_EQ(UidOf(snapshot[1]), "u2");
}

class InformerFactoryTest : public testing::Test {
 protected:
  InformerFactoryTest() {
    api_.AddKind<Widget>();
    api_.AddKind<Gadget>();
  }

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  FakeApi api_{clock_};
  std::optional<InformerFactory> factory_{std::in_place, FakeSources(api_, executor_), executor_};
};

TEST_F(InformerFactoryTest, OneInformerPerKind) {
  EXPECT_EQ(&factory_->Get<Widget>(), &factory_->Get<Widget>());
  factory_->Get<Gadget>();
  EXPECT_EQ(factory_->All().size(), 2U);
}

TEST_F(InformerFactoryTest, SyncedWhenAllAre) {
  api_.Put(MakeWidget("default", "a"));
  const Lister<Widget>& widgets = factory_->Get<Widget>().lister();
  factory_->Get<Gadget>();
  int synced = 0;
  factory_->WhenSynced([&] { ++synced; });
  factory_->Start();
  EXPECT_FALSE(factory_->HasSynced());
  executor_.RunUntilIdle();
  EXPECT_TRUE(factory_->HasSynced());
  EXPECT_EQ(synced, 1);
  EXPECT_NE(widgets.Get({"default", "a"}), nullptr);
}

TEST_F(InformerFactoryTest, EventsFollowAfterTheList) {
  const Lister<Widget>& widgets = factory_->Get<Widget>().lister();
  factory_->Start();
  executor_.RunUntilIdle();
  api_.Put(MakeWidget("default", "a", 1));
  api_.Put(MakeWidget("default", "a", 2));
  executor_.RunUntilIdle();
  ASSERT_NE(widgets.Get({"default", "a"}), nullptr);
  EXPECT_EQ(widgets.Get({"default", "a"})->size, 2);
  api_.Erase(ResourceOf<Widget>(), {"default", "a"});
  executor_.RunUntilIdle();
  EXPECT_TRUE(widgets.All().empty());
}

TEST_F(InformerFactoryTest, NothingComesAfterStopOrDestruction) {
  const Lister<Widget>& widgets = factory_->Get<Widget>().lister();
  factory_->Start();
  executor_.RunUntilIdle();
  api_.Put(MakeWidget("default", "a"));
  factory_->Stop();
  executor_.RunUntilIdle();
  EXPECT_TRUE(widgets.All().empty());
  factory_->WhenSynced([] {});
  api_.Put(MakeWidget("default", "b"));
  factory_.reset();
  executor_.RunUntilIdle();  // what was posted finds nobody
}

}  // namespace
}  // namespace noizy
