#include "nodeagent/inference/model_server.h"

#include <gtest/gtest.h>

#include "tests/unit/nodeagent/inference/loopback_models.h"

namespace noizy::nodeagent {
namespace {

const auto kNever = [] { return false; };

TEST(GetFromTest, AsksWithinTheApiAndBesideIt) {
  LoopbackModels models;
  models.SetPage("/v1/page", "within");
  models.SetPage("/page", "beside");
  for (const char* path : {"", "/", "/v1", "/v1/"}) {
    const ModelServer server{models.url() + path, "sk-1"};
    EXPECT_EQ(*GetFrom(server, "/page", PathPlace::kWithinApi, kNever), "within") << path;
    EXPECT_EQ(*GetFrom(server, "/page", PathPlace::kBesideApi, kNever), "beside") << path;
    EXPECT_EQ(models.key(), "Bearer sk-1");
  }
}

TEST(GetFromTest, TakesNoMoreThanAPageCanBe) {
  LoopbackModels models;
  const ModelServer server{models.url(), ""};
  models.SetPage("/page", std::string(std::size_t{1} << 20, 'x'));
  EXPECT_TRUE(GetFrom(server, "/page", PathPlace::kBesideApi, kNever).ok());
  models.SetPage("/page", std::string((std::size_t{1} << 20) + 1, 'x'));
  EXPECT_EQ(GetFrom(server, "/page", PathPlace::kBesideApi, kNever).status().reason(),
            StatusReason::kTimeout);
}

TEST(GetFromTest, TellsAnAnswerThatIsNoneFromNoAnswer) {
  LoopbackModels models;
  EXPECT_EQ(GetFrom({models.url(), ""}, "/none", PathPlace::kBesideApi, kNever).status().reason(),
            StatusReason::kBadRequest);
  EXPECT_EQ(
      GetFrom({"http://127.0.0.1:1", ""}, "/x", PathPlace::kBesideApi, kNever).status().reason(),
      StatusReason::kServiceUnavailable);
}

TEST(CheckModelServerTest, RefusesWhereNobodyIsAsked) {
  EXPECT_TRUE(CheckModelServer({"http://127.0.0.1:9/v1", ""}).ok());
  for (const char* url : {"http://10.0.0.1:11434", "https://169.254.169.254", "ftp://x"})
    EXPECT_FALSE(CheckModelServer({url, ""}).ok()) << url;
}

}  // namespace
}  // namespace noizy::nodeagent
