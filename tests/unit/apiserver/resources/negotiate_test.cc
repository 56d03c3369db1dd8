#include "apiserver/resources/negotiate.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/protobuf/wire.h"

namespace noizy::apiserver {
namespace {

class GivenExchange final : public HttpExchange {
 public:
  explicit GivenExchange(HttpRequest request) : request_(std::move(request)) {}
  const HttpRequest& request() const override { return request_; }
  void Reply(HttpReply) override {}
  std::shared_ptr<HttpStream> Stream(int, HttpHeaders, HttpStreamEvents) override {
    return nullptr;
  }

 private:
  HttpRequest request_;
};

RequestContext With(HttpHeaders headers, std::string body = "", QueryParameters query = {}) {
  HttpRequest request;
  request.headers = std::move(headers);
  request.body = std::move(body);
  RequestContext context;
  context.exchange = std::make_shared<GivenExchange>(std::move(request));
  context.query = std::move(query);
  return context;
}

ReplyForm FormFor(const std::string& accept) {
  return NegotiateReply(With({{"Accept", accept}}))->form;
}

TEST(NegotiateTest, TheClientsFirstAcceptableChoiceWins) {
  EXPECT_EQ(FormFor("application/json"), ReplyForm::kObject);
  EXPECT_EQ(FormFor("application/json;as=Table;v=v1;g=meta.k8s.io,application/json"),
            ReplyForm::kTable);
  EXPECT_EQ(FormFor("application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"),
            ReplyForm::kObject);
  EXPECT_EQ(FormFor("application/vnd.kubernetes.protobuf, */*"), ReplyForm::kObject);
  EXPECT_EQ(FormFor("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"),
            ReplyForm::kPartialMetadata);
  EXPECT_TRUE(NegotiateReply(With({})).ok());
  EXPECT_EQ(NegotiateReply(With({{"accept", "application/yaml"}}))->encoding, ReplyEncoding::kYaml);
  EXPECT_EQ(NegotiateReply(With({{"Accept", "text/html"}})).status().reason(),
            StatusReason::kNotAcceptable);
}

TEST(NegotiateTest, RowsCarryWhatIncludeObjectSays) {
  const auto row = [](const std::string& include) {
    return NegotiateReply(With({{"Accept", "application/json"}}, "", {{"includeObject", include}}));
  };
  EXPECT_EQ(row("")->row_object, RowObject::kMetadata);
  EXPECT_EQ(row("None")->row_object, RowObject::kNone);
  EXPECT_EQ(row("Object")->row_object, RowObject::kObject);
  EXPECT_FALSE(row("All").ok());
}

TEST(NegotiateTest, BodiesAreReadByTheirType) {
  EXPECT_TRUE(ParseBody(With({}, "{}"), nullptr).ok());
  EXPECT_TRUE(
      ParseBody(With({{"Content-Type", "application/merge-patch+json; charset=utf-8"}}, "{}"),
                nullptr)
          .ok());
  EXPECT_EQ(
      StringAt(*ParseBody(With({{"Content-Type", "application/yaml"}}, "a: b"), nullptr), {"a"}),
      "b");
  EXPECT_EQ(ParseBody(With({{"Content-Type", "application/yaml"}}, "a: b\n---\nc: d\n"), nullptr)
                .status()
                .reason(),
            StatusReason::kBadRequest);
  EXPECT_EQ(ParseBody(With({{"Content-Type", "image/png"}}, "{}"), nullptr).status().reason(),
            StatusReason::kUnsupportedMediaType);
  std::vector<std::string> duplicates;
  EXPECT_TRUE(ParseBody(With({}, R"({"a":1,"a":2})"), &duplicates).ok());
  EXPECT_EQ(duplicates, std::vector<std::string>{"a"});
}

TEST(NegotiateTest, TypedClientsSendProtobuf) {
  const auto parse = [](const std::string& body) {
    return ParseBody(With({{"Content-Type", "application/vnd.kubernetes.protobuf"}}, body),
                     nullptr);
  };
  EXPECT_EQ(
      StringAt(*parse(Envelope("v1", "Namespace", Bytes(1, Bytes(1, "a")))), {"metadata", "name"}),
      "a");
  EXPECT_EQ(parse(Envelope("noizy.dev/v1", "Task", "")).status().reason(),
            StatusReason::kUnsupportedMediaType);
  EXPECT_EQ(parse("{}").status().reason(), StatusReason::kBadRequest);
}

TEST(NegotiateTest, MediaTypesAreCaseless) {
  EXPECT_EQ(MediaType(" Application/JSON ; q=1"), "application/json");
}

}  // namespace
}  // namespace noizy::apiserver
