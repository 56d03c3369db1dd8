#include "machinery/value/json.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

// Watches through the in-process transport: the sink sees each piece as it comes, acts on it, and
// ends the watch when it has seen enough.
class WatchTest : public ApiTest {
 protected:
  struct Seen {
    int code = 0;
    std::vector<Value> events;

    std::string Summary() const {
      std::string text;
      for (const Value& event : events) {
        text += (text.empty() ? "" : " ") + std::string(StringAt(event, {"type"})) + ":" +
                std::string(StringAt(event, {"object", "metadata", "name"}));
      }
      return text;
    }
  };

  // Collects `count` events; `after_headers` runs once the watch is open.
  Seen Watch(
      const std::string& query, std::size_t count,
      const std::function<void()>& after_headers = [] {},
      const std::string& accept = "application/json") {
    Seen seen;
    std::string text;
    HttpRequest request;
    request.method = "GET";
    request.path = kTasks;
    request.query = "watch=true" + query;
    request.headers = {{"Accept", accept}};
    HttpTransport::StreamSink sink;
    sink.on_headers = [&](int code, const HttpHeaders&) {
      seen.code = code;
      after_headers();
      return code == 200 ? count > 0 : true;
    };
    sink.on_piece = [&](std::string_view piece) {
      text += piece;
      for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        seen.events.push_back(*ParseJson(text.substr(0, end)));
        text.erase(0, end + 1);
      }
      return seen.events.size() < count;
    };
    sink.cancelled = [] { return false; };
    EXPECT_TRUE(transport_->Stream(request, sink).ok());
    return seen;
  }

  std::string Now() const { return std::to_string(store_.Revision()); }
  void Label(const std::string& name, const std::string& value) {
    EXPECT_EQ(Call("PATCH", TaskPath(name), R"({"metadata":{"labels":{"x":)" + value + "}}}",
                   {{"Content-Type", "application/merge-patch+json"}})
                  .code,
              200);
  }
};

TEST_F(WatchTest, ShowsWhatHappensAfterARevision) {
  const std::string start = Now();
  ASSERT_EQ(CreateTask("a").code, 201);
  const Seen seen = Watch("&resourceVersion=" + start, 3, [&] {
    Label("a", R"("1")");
    ASSERT_EQ(CreateTask("b").code, 201);
  });
  EXPECT_EQ(seen.Summary(), "ADDED:a MODIFIED:a ADDED:b");
}

TEST_F(WatchTest, HeadersComeBeforeAnyEvent) {
  EXPECT_EQ(Watch("&resourceVersion=" + Now(), 0).code, 200);
}

TEST_F(WatchTest, WithoutARevisionItBeginsWithWhatThereIs) {
  for (const char* name : {"a", "b"}) ASSERT_EQ(CreateTask(name).code, 201);
  EXPECT_EQ(Watch("", 2).Summary(), "ADDED:a ADDED:b");
}

TEST_F(WatchTest, SelectorsTurnChangesIntoComingAndGoing) {
  const std::string start = Now();
  ASSERT_EQ(CreateTask("a").code, 201);
  Label("a", R"("1")");
  Label("a", R"("2")");
  Label("a", R"("1")");
  Label("a", "null");
  EXPECT_EQ(Watch("&labelSelector=x%3D1&resourceVersion=" + start, 4).Summary(),
            "ADDED:a DELETED:a ADDED:a DELETED:a");
  EXPECT_EQ(Watch("&labelSelector=x&resourceVersion=" + start, 4).Summary(),
            "ADDED:a MODIFIED:a MODIFIED:a DELETED:a");
}

TEST_F(WatchTest, DeletionCarriesTheLastStateAtTheDeletionsRevision) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const std::string start = Now();
  ASSERT_EQ(Call("DELETE", TaskPath("a")).code, 200);
  ASSERT_EQ(Call("PATCH", TaskPath("a"), R"({"metadata":{"finalizers":null}})",
                 {{"Content-Type", "application/merge-patch+json"}})
                .code,
            200);
  const Seen seen = Watch("&resourceVersion=" + start, 2);
  EXPECT_EQ(seen.Summary(), "MODIFIED:a DELETED:a");
  EXPECT_EQ(StringAt(seen.events[1], {"object", "metadata", "resourceVersion"}), Now());
}

TEST_F(WatchTest, AFieldSelectorOnTheNameWatchesOne) {
  const std::string start = Now();
  for (const char* name : {"a", "b"}) ASSERT_EQ(CreateTask(name).code, 201);
  EXPECT_EQ(Watch("&fieldSelector=metadata.name%3Db&resourceVersion=" + start, 1).Summary(),
            "ADDED:b");
}

TEST_F(WatchTest, StreamedListsEndWithABookmark) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const Seen seen = Watch(
      "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true", 2);
  ASSERT_EQ(seen.events.size(), 2U);
  EXPECT_EQ(StringAt(seen.events[1], {"type"}), "BOOKMARK");
  EXPECT_EQ(
      StringAt(seen.events[1], {"object", "metadata", "annotations", "k8s.io/initial-events-end"}),
      "true");
  EXPECT_EQ(StringAt(seen.events[1], {"object", "metadata", "resourceVersion"}), Now());
  EXPECT_EQ(Watch("&sendInitialEvents=true", 1).code, 422);
}

TEST_F(WatchTest, ARevisionThatIsGoneIsExpired) {
  const std::string start = Now();
  ASSERT_EQ(CreateTask("a").code, 201);
  store_.Compact(store_.Revision());
  const Seen seen = Watch("&resourceVersion=" + start, 1);
  EXPECT_EQ(seen.code, 200);
  ASSERT_EQ(seen.events.size(), 1U);
  EXPECT_EQ(StringAt(seen.events[0], {"type"}), "ERROR");
  EXPECT_EQ(StringAt(seen.events[0], {"object", "reason"}), "Expired");
  EXPECT_EQ(IntAt(seen.events[0], {"object", "code"}), 410);
}

TEST_F(WatchTest, TablesInEvents) {
  const std::string start = Now();
  ASSERT_EQ(CreateTask("a").code, 201);
  const Seen seen = Watch(
      "&resourceVersion=" + start, 1, [] {}, "application/json;as=Table;v=v1;g=meta.k8s.io");
  EXPECT_EQ(StringAt(seen.events[0], {"object", "kind"}), "Table");
  EXPECT_EQ(ArrayAt(seen.events[0], {"object", "rows"})->size(), 1U);
}

TEST_F(WatchTest, EndsAtItsTimeout) {
  // timeoutSeconds runs on the executor's real clock; one second is the least the API can say.
  const Seen seen =
      Watch("&allowWatchBookmarks=true&timeoutSeconds=1&resourceVersion=" + Now(), 99);
  ASSERT_EQ(seen.events.size(), 1U);
  EXPECT_EQ(StringAt(seen.events[0], {"type"}), "BOOKMARK");
}

TEST_F(WatchTest, WhatLeavesTheSelectionIsShownAsItLastWasInIt) {
  const std::string start = Now();
  ASSERT_EQ(CreateTask("a").code, 201);
  Label("a", R"("1")");
  Label("a", R"("2")");
  const Seen seen = Watch("&labelSelector=x%3D1&resourceVersion=" + start, 2);
  EXPECT_EQ(seen.Summary(), "ADDED:a DELETED:a");
  EXPECT_EQ(StringAt(seen.events[1], {"object", "metadata", "labels", "x"}), "1");
  EXPECT_EQ(StringAt(seen.events[1], {"object", "metadata", "resourceVersion"}), Now());
}

TEST_F(WatchTest, ARevisionToComeIsRefused) {
  const std::string future = std::to_string(store_.Revision() + 1);
  EXPECT_EQ(Watch("&resourceVersion=" + future, 1).code, 504);
  EXPECT_EQ(
      Watch("&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=" + future,
            1)
          .code,
      504);
}

TEST_F(WatchTest, WithoutInitialEventsItBeginsNow) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const Seen seen = Watch("&sendInitialEvents=false&resourceVersionMatch=NotOlderThan", 1,
                          [&] { ASSERT_EQ(CreateTask("b").code, 201); });
  EXPECT_EQ(seen.Summary(), "ADDED:b");
}

TEST_F(WatchTest, BadParametersAreNamed) {
  EXPECT_EQ(Watch("&resourceVersion=x", 1).code, 400);
  EXPECT_EQ(Watch("&timeoutSeconds=-1", 1).code, 400);
  EXPECT_EQ(Watch("&fieldSelector=spec.unknown%3D1", 1).code, 400);
  EXPECT_EQ(Watch("&resourceVersionMatch=NotOlderThan&resourceVersion=1", 1).code, 422);
}

}  // namespace
}  // namespace noizy::apiserver
