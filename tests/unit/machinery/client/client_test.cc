#include "machinery/client/client.h"

#include <gtest/gtest.h>

#include "machinery/client/typed.h"
#include "machinery/value/json.h"
#include "tests/fakes/fake_api.h"
#include "tests/fakes/widget.h"

namespace noizy {
namespace {

const ResourceRef kWidgets = ResourceOf<Widget>();

// Keeps the last request and answers as told.
class CannedTransport final : public HttpTransport {
 public:
  Result<HttpReply> Do(const HttpRequest& request, std::chrono::milliseconds timeout) override {
    last = request;
    last_timeout = timeout;
    return answer;
  }
  Status Stream(const HttpRequest& request, const StreamSink&) override {
    last = request;
    return Status::Ok();
  }

  HttpRequest last;
  std::chrono::milliseconds last_timeout{0};
  Result<HttpReply> answer = Reply(200, "{}");

  static HttpReply Reply(int code, std::string body, HttpHeaders headers = {}) {
    HttpReply reply;
    reply.code = code;
    reply.headers = std::move(headers);
    reply.body.emplace_back(std::move(body));
    return reply;
  }
};

class ClientRequestTest : public testing::Test {
 protected:
  std::string Line() const {
    const HttpRequest& last = transport_->last;
    return last.method + " " + last.path + (last.query.empty() ? "" : "?" + last.query);
  }
  std::string_view Header(std::string_view name) const {
    return FindHeader(transport_->last.headers, name);
  }

  std::shared_ptr<CannedTransport> transport_ = std::make_shared<CannedTransport>();
  std::vector<std::string> warnings_;
  Client client_{transport_, {std::chrono::milliseconds(1234), [this](std::string_view text) {
                                warnings_.emplace_back(text);
                              }}};
  const ObjectKey key_{"default", "a"};
};

TEST_F(ClientRequestTest, EachVerbIsItsRequest) {
  const Value object = Object{{"kind", "Widget"}};
  const std::string path = "/apis/test.noizy.dev/v1/namespaces/default/widgets";
  EXPECT_TRUE(client_.Get(kWidgets, key_).ok());
  EXPECT_EQ(Line(), "GET " + path + "/a");
  EXPECT_EQ(Header("Accept"), "application/json");
  EXPECT_EQ(Header("Content-Type"), "");
  EXPECT_EQ(transport_->last_timeout.count(), 1234);
  EXPECT_TRUE(client_.Create(kWidgets, "default", object, {.field_manager = "me"}).ok());
  EXPECT_EQ(Line(), "POST " + path + "?fieldManager=me");
  EXPECT_EQ(Header("Content-Type"), "application/json");
  EXPECT_EQ(transport_->last.body, R"({"kind":"Widget"})");
  EXPECT_TRUE(client_.Update(kWidgets, key_, object).ok());
  EXPECT_EQ(Line(), "PUT " + path + "/a");
  EXPECT_TRUE(client_.UpdateStatus(kWidgets, key_, object).ok());
  EXPECT_EQ(Line(), "PUT " + path + "/a/status");
  EXPECT_TRUE(client_.Patch(kWidgets, key_, PatchType::kMerge, object, {}, "status").ok());
  EXPECT_EQ(Line(), "PATCH " + path + "/a/status");
  EXPECT_EQ(Header("Content-Type"), "application/merge-patch+json");
  EXPECT_TRUE(client_.Delete(kWidgets, key_).ok());
  EXPECT_EQ(Line(), "DELETE " + path + "/a");
  EXPECT_EQ(transport_->last.body, R"({"kind":"DeleteOptions","apiVersion":"v1"})");
  EXPECT_TRUE(client_.DeleteCollection(kWidgets, "default", {.label_selector = "a=b"}).ok());
  EXPECT_EQ(Line(), "DELETE " + path + "?labelSelector=a%3Db");
}

TEST_F(ClientRequestTest, ABatchTellsWhatBecameOfEach) {
  const Value patch = Object{{"a", 1}};
  const auto written = client_.PatchAll({{kWidgets, key_, PatchType::kMerge, patch, "status"},
                                         {kWidgets, key_, PatchType::kMerge, patch}},
                                        {.field_manager = "me"});
  ASSERT_EQ(written.size(), 2U);
  EXPECT_TRUE(written[0].ok());
  EXPECT_EQ(Line(), "PATCH /apis/test.noizy.dev/v1/namespaces/default/widgets/a?fieldManager=me");
  EXPECT_EQ(transport_->last.body, R"({"a":1})");
}

TEST_F(ClientRequestTest, RawPathsKeepTheirQuery) {
  transport_->answer = CannedTransport::Reply(200, "ok");
  const auto text = client_.GetRaw("/readyz?verbose", "text/plain");
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, "ok");
  EXPECT_EQ(Line(), "GET /readyz?verbose");
  EXPECT_EQ(Header("Accept"), "text/plain");
}

TEST_F(ClientRequestTest, WarningsAreTold) {
  transport_->answer = CannedTransport::Reply(200, "{}",
                                              {{"Warning", R"(299 - "unknown field \"spec.x\"")"},
                                               {"warning", R"(299 - "second")"},
                                               {"Warning", "113 - \"old\""}});
  EXPECT_TRUE(client_.Get(kWidgets, key_).ok());
  EXPECT_EQ(warnings_, (std::vector<std::string>{"unknown field \"spec.x\"", "second"}));
}

TEST_F(ClientRequestTest, AReplyThatIsNoJsonIsAnError) {
  transport_->answer = CannedTransport::Reply(200, "<html>");
  EXPECT_EQ(client_.Get(kWidgets, key_).status().reason(), StatusReason::kInternalError);
  transport_->answer = Unavailable("connection refused");
  EXPECT_EQ(client_.Get(kWidgets, key_).status().message(), "connection refused");
}

TEST(StatusOfReplyTest, ReadsTheStatusObject) {
  const Status status = StatusOfReply(CannedTransport::Reply(
      404,
      R"({"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,)"
      R"("message":"tasks.noizy.dev \"a\" not found","details":{"name":"a","kind":"tasks"}})"));
  EXPECT_EQ(status.reason(), StatusReason::kNotFound);
  EXPECT_EQ(status.message(), "tasks.noizy.dev \"a\" not found");
  EXPECT_EQ(status.details().name, "a");
}

TEST(StatusOfReplyTest, FallsBackToTheCode) {
  const Status page = StatusOfReply(CannedTransport::Reply(503, "<html>sorry</html>\n"));
  EXPECT_EQ(page.reason(), StatusReason::kServiceUnavailable);
  EXPECT_EQ(page.message(), "the server answered 503: <html>sorry</html>");
  EXPECT_EQ(StatusOfReply(CannedTransport::Reply(403, "")).reason(), StatusReason::kForbidden);
  const Status nameless = StatusOfReply(
      CannedTransport::Reply(409, R"({"kind":"Status","status":"Failure","message":"no reason"})"));
  EXPECT_EQ(nameless.reason(), StatusReason::kConflict);
  EXPECT_EQ(nameless.message(), "no reason");
  EXPECT_FALSE(
      StatusOfReply(CannedTransport::Reply(500, R"({"kind":"Status","status":"Success"})")).ok());
}

TEST(StatusOfReplyTest, RetryAfterComesFromTheHeaderToo) {
  EXPECT_EQ(StatusOfReply(CannedTransport::Reply(429, "", {{"Retry-After", "7"}}))
                .details()
                .retry_after_seconds,
            7);
  EXPECT_EQ(StatusOfReply(CannedTransport::Reply(429, "", {{"Retry-After", "soon"}}))
                .details()
                .retry_after_seconds,
            std::nullopt);
  EXPECT_EQ(StatusOfReply(CannedTransport::Reply(
                              429,
                              R"({"kind":"Status","status":"Failure","reason":"TooManyRequests",)"
                              R"("details":{"retryAfterSeconds":3}})",
                              {{"Retry-After", "7"}}))
                .details()
                .retry_after_seconds,
            3);
}

// Against the FakeApi: what is sent is understood, what comes back is read.
class TypedClientTest : public testing::Test {
 protected:
  TypedClientTest() { api_.AddKind<Widget>(); }
  static Widget Named(std::string name) {
    return *Widget::FromValue(MakeWidget("default", name, 1));
  }

  FakeClock clock_;
  FakeApi api_{clock_};
  Client client_{api_.Transport()};
  TypedClient<Widget> widgets_{client_};
  const ObjectKey key_{"default", "a"};
};

TEST_F(TypedClientTest, GoesThroughALife) {
  auto widget = widgets_.Create(Named("a"));
  ASSERT_TRUE(widget.ok()) << widget.status().ToString();
  EXPECT_NE(widget->metadata.uid, "");
  EXPECT_EQ(widgets_.Create(Named("a")).status().reason(), StatusReason::kAlreadyExists);
  widget->size = 2;
  widget = widgets_.Update(*widget);
  ASSERT_TRUE(widget.ok());
  EXPECT_EQ(widget->metadata.generation, 2);
  widget->conditions = {{"Ready", "True", "Made", "", "2026-01-01T00:00:00Z", 2}};
  widget->size = 99;
  widget = widgets_.UpdateStatus(*widget);
  ASSERT_TRUE(widget.ok());
  EXPECT_EQ(widget->size, 2);
  widget = widgets_.Patch(key_, PatchType::kMerge, Object{{"spec", Object{{"size", 3}}}});
  ASSERT_TRUE(widget.ok());
  EXPECT_EQ(widget->size, 3);
  EXPECT_EQ(widgets_.Get(key_)->conditions.size(), 1U);
  EXPECT_TRUE(widgets_.Delete(key_).ok());
  EXPECT_EQ(widgets_.Get(key_).status().reason(), StatusReason::kNotFound);
}

TEST_F(TypedClientTest, AStaleUpdateConflicts) {
  const auto first = widgets_.Create(Named("a"));
  Widget changed = *first;
  changed.size = 2;
  EXPECT_TRUE(widgets_.Update(changed).ok());
  EXPECT_EQ(widgets_.Update(changed).status().reason(), StatusReason::kConflict);
}

TEST_F(TypedClientTest, Lists) {
  for (const char* name : {"a", "b"}) EXPECT_TRUE(widgets_.Create(Named(name)).ok());
  api_.Put(MakeWidget("other", "c"));
  const auto all = widgets_.List();
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->items.size(), 3U);
  EXPECT_EQ(all->resource_version, std::to_string(api_.ResourceVersion()));
  EXPECT_EQ(widgets_.List("default", {.field_selector = "metadata.name=b"})->items.size(), 1U);
}

TEST_F(TypedClientTest, PreconditionsGuardADeletion) {
  const auto widget = widgets_.Create(Named("a"));
  EXPECT_EQ(widgets_.Delete(key_, {.uid = "another"}).reason(), StatusReason::kConflict);
  EXPECT_TRUE(widgets_.Delete(key_, {.uid = widget->metadata.uid}).ok());
}

}  // namespace
}  // namespace noizy
