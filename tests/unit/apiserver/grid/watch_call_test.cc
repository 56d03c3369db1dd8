#include "apiserver/grid/watch_call.h"

#include "tests/unit/apiserver/grid/grid_fixture.h"

namespace noizy::apiserver {
namespace {

using WatchCallTest = GridServiceTest;

TEST_F(WatchCallTest, AWatchTellsEveryChangeAndEndsAfterTheEnd) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const auto sink = std::make_shared<Sink>();
  v1::WatchTaskRequest request;
  request.set_name("a");
  request.set_status_only(true);
  const auto call = grid_.WatchTask(admin_, request, sink);
  EXPECT_EQ(sink->events.Await(1).at(0).status().phase(), "Pending");
  SetStatus("a", R"({"phase":"Running","nodeName":"m1","attempt":1})");
  EXPECT_EQ(sink->events.Await(2).at(1).status().node_name(), "m1");
  Call("PATCH", TaskPath("a"), R"({"metadata":{"labels":{"no":"news"}}})",
       {{"Content-Type", "application/merge-patch+json"}});
  SetStatus("a", R"({"phase":"Succeeded","result":"out"})");
  EXPECT_TRUE(sink->closed.Await(1).at(0).ok());
  const auto events = sink->events.Await(3);
  ASSERT_EQ(events.size(), 3U) << "a label is no news of the status";
  EXPECT_EQ(events[2].status().result(), "out");
}

TEST_F(WatchCallTest, AWatchOfNothingSaysSo) {
  const auto sink = std::make_shared<Sink>();
  v1::WatchTaskRequest request;
  EXPECT_EQ(grid_.WatchTask(admin_, request, sink), nullptr);
  EXPECT_EQ(sink->closed.Await(1).at(0).reason(), StatusReason::kBadRequest);
  request.set_name("none");
  const auto missing = std::make_shared<Sink>();
  (void)grid_.WatchTask(admin_, request, missing);
  EXPECT_EQ(missing->closed.Await(1).at(0).reason(), StatusReason::kNotFound);
  const auto forbidden = std::make_shared<Sink>();
  (void)grid_.WatchTask(nobody_, request, forbidden);
  EXPECT_EQ(forbidden->closed.Await(1).at(0).reason(), StatusReason::kForbidden);
}

}  // namespace
}  // namespace noizy::apiserver
