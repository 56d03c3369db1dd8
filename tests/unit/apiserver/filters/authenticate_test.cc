#include "apiserver/filters/authenticate.h"

#include "machinery/pki/pki.h"
#include "tests/unit/apiserver/second_server.h"

namespace noizy::apiserver {
namespace {

using AuthenticateTest = ApiTest;

TEST_F(AuthenticateTest, WithoutACertificateOnlyPublicPathsAnswer) {
  ActAs({});
  for (const char* path :
       {"/healthz", "/livez", "/readyz", "/readyz/storage", "/version", "/noizy/v1/ca"}) {
    EXPECT_EQ(Call("GET", path).code, 200) << path;
  }
  for (const char* path :
       {"/api", "/apis", "/metrics", "/openapi/v3", kTasks, "/versions", "/healthzz"}) {
    EXPECT_EQ(Call("GET", path).code, 401) << path;
  }
}

TEST_F(AuthenticateTest, ACertificateEndsOnOpenConnectionsToo) {
  PeerIdentity peer{"admin", {"system:masters"}, "01"};
  peer.not_after = clock_.Now() + std::chrono::hours(1);
  ActAs(peer);
  EXPECT_EQ(Call("GET", "/apis").code, 200);
  clock_.Advance(std::chrono::hours(1));
  const Answer refused = Call("GET", "/apis");
  EXPECT_EQ(refused.code, 401);
  EXPECT_NE(refused.Text({"message"}).find(R"(the certificate of "admin" expired at 2026-)"),
            std::string_view::npos);
}

class TokenAuthenticationTest : public SecondServerTest {
 protected:
  TokenAuthenticationTest() {
    ApiServerOptions options = SecondOptions();
    options.token_key = *Es256Key::FromPrivateKey(*GenerateKey({}));
    StartSecond(std::move(options));
    EXPECT_TRUE(second_->EnsurePolicy().ok());
    Call("POST", kAccounts, R"({"metadata":{"name":"bot"}})");
    token_ = Call("POST", Under(kAccounts, "/bot/token"), "{}").Text({"status", "token"});
    ActOnSecond({});
  }
  Answer CallWith(const std::string& header, const char* path) {
    return Call("GET", path, "", {{"Authorization", header}});
  }
  static constexpr const char* kAccounts = "/api/v1/namespaces/default/serviceaccounts";
  std::string token_;
};

TEST_F(TokenAuthenticationTest, ATokenIsAnIdentity) {
  EXPECT_EQ(CallWith("Bearer " + token_, "/apis").code, 200);
  EXPECT_EQ(CallWith("bearer " + token_, "/apis").code, 200);
  const Answer answer = CallWith("Bearer " + token_, kTasks);
  EXPECT_EQ(answer.code, 403);
  EXPECT_NE(answer.Text({"message"}).find("system:serviceaccount:default:bot"),
            std::string_view::npos);
}

TEST_F(TokenAuthenticationTest, ABadTokenOpensNothing) {
  const Answer answer = CallWith("Bearer " + token_ + "x", "/apis");
  EXPECT_EQ(answer.code, 401);
  EXPECT_TRUE(FindHeader(answer.headers, "WWW-Authenticate").starts_with("Bearer"));
  EXPECT_EQ(CallWith("Bearer nonsense", "/healthz").code, 401) << "not even what is public";
  EXPECT_EQ(CallWith("Basic abc", "/apis").code, 401);
}

TEST_F(TokenAuthenticationTest, ACertificateComesFirst) {
  ActOnSecond({"admin", {"system:masters"}, "01"});
  EXPECT_EQ(CallWith("Bearer nonsense", "/apis").code, 200);
}

TEST_F(TokenAuthenticationTest, TokensAreMadeByCreateAlone) {
  ActOnSecond({"admin", {"system:masters"}, "01"});
  EXPECT_EQ(Call("GET", Under(kAccounts, "/bot/token")).code, 405);
  EXPECT_EQ(Call("POST", Under(kAccounts, "/nobody/token"), "{}").code, 404);
  EXPECT_EQ(Call("POST", Under(kAccounts, "/bot/token"), "[]").code, 400);
}

}  // namespace
}  // namespace noizy::apiserver
