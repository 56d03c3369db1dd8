#include "apiserver/storage/resource_history.h"

#include <gtest/gtest.h>

#include "tests/unit/apiserver/storage/store_testing.h"

namespace noizy::apiserver {
namespace {

using Position = ListWalk::Position;

StoreEventPtr Put(const StoreKey& key, std::int64_t revision) {
  auto object = std::make_shared<StoredObject>();
  object->key = key;
  object->revision = revision;
  return std::make_shared<const StoreEvent>(
      StoreEvent{WriteOp::Kind::kPut, std::move(object), nullptr});
}

/// a/x@1 a/y@2 b/x@3 b/y@4
ResourceHistory Filled() {
  ResourceHistory history;
  std::vector<Wake> wakes;
  std::int64_t revision = 0;
  for (const char* ns : {"a", "b"}) {
    for (const char* name : {"x", "y"}) history.Apply(Put(TaskKey(name, ns), ++revision), wakes);
  }
  return history;
}

std::vector<std::string> WalkFrom(const ResourceHistory& history, const Scope& scope,
                                  const Position& after, std::size_t step) {
  Listing listing;
  ListWalk walk{scope, 100, 0, after, listing};
  int steps = 0;
  while (!history.Walk(walk, step)) EXPECT_LT(++steps, 10);
  return Names(listing);
}

TEST(ResourceHistoryTest, WalksInStepsOfAnySize) {
  const ResourceHistory history = Filled();
  for (const std::size_t step : {1U, 2U, 3U, 4U, 5U}) {
    EXPECT_EQ(WalkFrom(history, {"", "", ""}, {}, step),
              (std::vector<std::string>{"x@1", "y@2", "x@3", "y@4"}));
    EXPECT_EQ(WalkFrom(history, {"", "b", ""}, {}, step), (std::vector<std::string>{"x@3", "y@4"}));
    EXPECT_EQ(WalkFrom(history, {"", "", "y"}, {}, step), (std::vector<std::string>{"y@2", "y@4"}));
    EXPECT_EQ(WalkFrom(history, {"", "a", "y"}, {}, step), (std::vector<std::string>{"y@2"}));
  }
}

TEST(ResourceHistoryTest, WalksOnAfterAPosition) {
  const ResourceHistory history = Filled();
  const Scope all{"", "", ""};
  EXPECT_EQ(WalkFrom(history, all, {"a", "x"}, 2), (std::vector<std::string>{"y@2", "x@3", "y@4"}));
  EXPECT_EQ(WalkFrom(history, all, {"a", "xx"}, 2), (std::vector<std::string>{"y@2", "x@3", "y@4"}))
      << "the object at the position may be gone";
  EXPECT_EQ(WalkFrom(history, {"", "b", ""}, {"a", "x"}, 2),
            (std::vector<std::string>{"x@3", "y@4"}))
      << "a position before the scope";
  EXPECT_EQ(WalkFrom(history, {"", "a", ""}, {"b", "x"}, 2), std::vector<std::string>())
      << "a position behind the scope";
}

TEST(ResourceHistoryTest, AnEventWakesTheScopesItIsInOnce) {
  ResourceHistory history;
  std::vector<std::unique_ptr<WatchCursor>> cursors;
  for (const Scope& scope : {Scope{"", "", ""}, Scope{"", "a", ""}, Scope{"", "", "x"},
                             Scope{"", "a", "x"}, Scope{"", "b", ""}, Scope{"", "a", "y"}}) {
    cursors.push_back(std::make_unique<WatchCursor>());
    cursors.back()->scope = scope;
    cursors.back()->wake = std::make_shared<const std::function<void()>>([] {});
    history.Arm(*cursors.back());
  }
  std::vector<Wake> wakes;
  history.Apply(Put(TaskKey("x", "a"), 7), wakes);
  EXPECT_EQ(wakes.size(), 4U);
  for (std::size_t i = 0; i < cursors.size(); ++i) {
    EXPECT_EQ(cursors[i]->armed, i >= 4) << i;
    EXPECT_EQ(cursors[i]->revision, i < 4 ? 6 : 0) << i;
  }
  history.Apply(Put(TaskKey("x", "a"), 8), wakes);
  EXPECT_EQ(wakes.size(), 4U);
}

TEST(ResourceHistoryTest, ClusterScopedObjectsWakeTheirWatchOnce) {
  ResourceHistory history;
  WatchCursor cursor;
  cursor.scope = {"", "", "node"};
  history.Arm(cursor);
  std::vector<Wake> wakes;
  history.Apply(Put({"", "", "node"}, 1), wakes);
  EXPECT_EQ(wakes.size(), 1U);
}

TEST(ResourceHistoryTest, ADisarmedCursorIsNotTouched) {
  ResourceHistory history;
  std::vector<Wake> wakes;
  {
    WatchCursor gone;
    history.Arm(gone);
    history.Disarm(gone);
    EXPECT_FALSE(gone.armed);
  }
  history.Apply(Put(TaskKey("x"), 1), wakes);
  EXPECT_TRUE(wakes.empty());
}

TEST(ResourceHistoryTest, ACursorAdvancesOverItsScope) {
  const ResourceHistory history = Filled();
  WatchCursor cursor;
  cursor.scope = {"", "", "y"};
  EXPECT_EQ(Describe(history.Advance(cursor, 1, 9)), (std::vector<std::string>{"put y@2"}));
  EXPECT_EQ(cursor.revision, 2);
  EXPECT_EQ(Describe(history.Advance(cursor, 1, 9)), (std::vector<std::string>{"put y@4"}));
  EXPECT_EQ(cursor.revision, 9) << "nothing is left, so it stands at the present";
  EXPECT_TRUE(history.Advance(cursor, 1, 9).empty());
}

}  // namespace
}  // namespace noizy::apiserver
