// A store with a service account and a Secret, and tokens over it.
#pragma once

#include "apiserver/authentication/service_account_tokens.h"
#include "machinery/pki/pki.h"
#include "tests/unit/apiserver/authorization/rbac_fixture.h"

namespace noizy::apiserver {

class TokensTest : public RbacTest {
 protected:
  TokensTest() {
    MakeObject("serviceaccounts", "bot", "u-bot");
    MakeObject("secrets", "s", "u-secret");
  }
  static Es256Key NewKey() { return *Es256Key::FromPrivateKey(*GenerateKey({})); }
  void MakeObject(const std::string& resource, const std::string& name, const std::string& uid) {
    Commit(WriteOp::Kind::kPut, {resource, "team", name},
           R"({"metadata":{"name":")" + name + R"(","uid":")" + uid + "\"}}");
  }
  IssuedToken Issue(TokenWish wish) {
    wish.ns = "team";
    wish.service_account = "bot";
    auto issued = tokens_.Issue(wish);
    EXPECT_TRUE(issued.ok()) << issued.status().message();
    return issued.ValueOr({});
  }
  StatusReason Check(const std::string& token, const std::vector<std::string>& audiences = {}) {
    return tokens_.Authenticate(token, audiences).status().reason();
  }

  SeededRandom random_{1};
  const Es256Key key_ = NewKey();
  ServiceAccountTokens tokens_{store_, key_, clock_, random_};
};

}  // namespace noizy::apiserver
