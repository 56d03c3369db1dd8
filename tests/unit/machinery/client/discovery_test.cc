#include "machinery/client/discovery.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_api.h"
#include "tests/fakes/widget.h"

namespace noizy {
namespace {

class DiscoveryTest : public testing::Test {
 protected:
  DiscoveryTest() {
    api_.AddKind<Widget>();
    api_.AddKind({{"", "v1", "namespaces", false}, "Namespace"});
  }

  FakeClock clock_;
  FakeApi api_{clock_};
  Client client_{api_.Transport()};
};

TEST_F(DiscoveryTest, TellsEveryResource) {
  const auto discovery = Discovery::Fetch(client_);
  ASSERT_TRUE(discovery.ok()) << discovery.status().ToString();
  ASSERT_EQ(discovery->resources().size(), 2U);
  const DiscoveredResource& namespaces = discovery->resources()[0];
  EXPECT_EQ(namespaces.resource, (ResourceRef{"", "v1", "namespaces", false}));
  EXPECT_EQ(namespaces.kind, "Namespace");
  EXPECT_EQ(namespaces.ApiVersion(), "v1");
  EXPECT_TRUE(namespaces.HasVerb("watch"));
  EXPECT_FALSE(namespaces.HasVerb("fly"));
  EXPECT_EQ(discovery->resources()[1].resource, ResourceOf<Widget>());
}

TEST_F(DiscoveryTest, FindsByApiVersionAndKind) {
  const auto discovery = Discovery::Fetch(client_);
  ASSERT_TRUE(discovery.ok());
  ASSERT_NE(discovery->FindByKind("test.noizy.dev/v1", "Widget"), nullptr);
  EXPECT_EQ(discovery->FindByKind("test.noizy.dev/v1", "Widget")->resource.plural, "widgets");
  EXPECT_EQ(discovery->FindByKind("test.noizy.dev/v2", "Widget"), nullptr);
  EXPECT_EQ(discovery->FindByKind("v1", "Widget"), nullptr);
}

TEST_F(DiscoveryTest, AServerThatCannotTellIsAnError) {
  api_.SetFault([](const HttpRequest& request) {
    return request.path == "/apis" ? Unavailable("not now") : Status::Ok();
  });
  EXPECT_EQ(Discovery::Fetch(client_).status().reason(), StatusReason::kServiceUnavailable);
}

// Answers one text to everything.
class OneAnswer final : public HttpTransport {
 public:
  explicit OneAnswer(std::string text) : text_(std::move(text)) {}
  Result<HttpReply> Do(const HttpRequest&, std::chrono::milliseconds) override {
    HttpReply reply;
    reply.body.emplace_back(text_);
    return reply;
  }
  Status Stream(const HttpRequest&, const StreamSink&) override { return Status::Ok(); }

 private:
  std::string text_;
};

TEST(DiscoveryDocumentTest, StaleGroupsAndOtherDocumentsAreErrors) {
  const auto fetch = [](std::string text) {
    return Discovery::Fetch(Client(std::make_shared<OneAnswer>(std::move(text)))).status();
  };
  EXPECT_EQ(fetch(R"({"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"g"},)"
                  R"("versions":[{"version":"v1","freshness":"Stale"}]}]})")
                .reason(),
            StatusReason::kServiceUnavailable);
  EXPECT_EQ(fetch(R"({"kind":"APIVersions","versions":["v1"]})").reason(),
            StatusReason::kInternalError);
  EXPECT_TRUE(fetch(R"({"kind":"APIGroupDiscoveryList","items":[]})").ok());
}

}  // namespace
}  // namespace noizy
