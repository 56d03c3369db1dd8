#include "machinery/model/provider.h"

#include <gtest/gtest.h>

namespace noizy::model {
namespace {

TEST(DollarsTest, AreBillionths) {
  EXPECT_EQ(ParseDollars("1.00"), 1'000'000'000);
  EXPECT_EQ(ParseDollars("0.075"), 75'000'000);
  EXPECT_EQ(ParseDollars("3"), 3'000'000'000);
  EXPECT_EQ(ParseDollars("0.0000000019"), 1);
  for (const char* text : {"", ".", "1.", ".5", "-1", "1e3", "9000000000", "1.0.0", "$1"})
    EXPECT_FALSE(ParseDollars(text)) << text;
  EXPECT_EQ(FormatDollars(0), "0.00");
  EXPECT_EQ(FormatDollars(1'500'000'000), "1.50");
  EXPECT_EQ(FormatDollars(123'000), "0.000123");
}

TEST(PriceTest, CountsBothWays) {
  const Price price{.input_nanodollars = 3000, .output_nanodollars = 15000};
  EXPECT_EQ(price.Of({1000, 100}), 4'500'000);
}

Provider Named(std::string api, std::string url = "") {
  Provider provider;
  provider.name = "p";
  provider.api = std::move(api);
  provider.base_url = std::move(url);
  return provider;
}

TEST(BaseUrlTest, IsThePublicServiceByDefault) {
  EXPECT_EQ(BaseUrlOf(Named("openai")), "https://api.openai.com/v1");
  EXPECT_EQ(BaseUrlOf(Named("anthropic")), "https://api.anthropic.com");
  EXPECT_EQ(BaseUrlOf(Named("gemini")), "https://generativelanguage.googleapis.com/v1");
}

TEST(BaseUrlTest, GetsTheVersionThatProxiesLeaveOut) {
  EXPECT_EQ(BaseUrlOf(Named("openai", "http://localhost:4000")), "http://localhost:4000/v1");
  EXPECT_EQ(BaseUrlOf(Named("openai", "http://localhost:4000/")), "http://localhost:4000/v1");
  EXPECT_EQ(BaseUrlOf(Named("openai", "https://a/api/v3")), "https://a/api/v3");
  EXPECT_EQ(BaseUrlOf(Named("ollama", "http://localhost:1")), "http://localhost:1");
}

TEST(ConnectToTest, RefusesWhereKeysMustNotGo) {
  for (const char* url : {"http://192.168.1.5:4000", "https://169.254.169.254/v1", "file:///etc",
                          "https://user:pw@a", "http://[fd00:ec2::254]"}) {
    const auto transport = ConnectTo(Named("openai", url));
    ASSERT_FALSE(transport.ok()) << url;
    EXPECT_NE(transport.status().message().find("provider \"p\""), std::string::npos) << url;
  }
  EXPECT_FALSE(ConnectTo(Named("telepathy")).ok());
}

TEST(ConnectToTest, LetsPlainHttpGoToThisMachineOrWhereAllowed) {
  EXPECT_TRUE(ConnectTo(Named("openai", "http://127.0.0.1:4000")).ok());
  Provider lan = Named("openai", "http://192.168.1.5:4000");
  lan.allow_plain_http = true;
  EXPECT_TRUE(ConnectTo(lan).ok());
  lan.base_url = "http://169.254.169.254";
  EXPECT_FALSE(ConnectTo(lan).ok());
}

TEST(TakeOutKeyTest, LeavesNothingOfTheKey) {
  Provider provider = Named("openai");
  provider.api_key = "sk-12345";
  std::string text = "Received API Key = sk-12345, not sk-1234; sk-12345sk-12345";
  TakeOutKey(provider.api_key, text);
  EXPECT_EQ(text, "Received API Key = [key], not sk-1234; [key][key]");
  provider.api_key = "[key][ke";
  TakeOutKey(provider.api_key, text);  // ends
  provider.api_key = "not";
  text = "not a word less";
  TakeOutKey(provider.api_key, text);
  EXPECT_EQ(text, "not a word less");
}

}  // namespace
}  // namespace noizy::model
