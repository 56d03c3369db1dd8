#include "apiserver/authentication/revoked_certificates.h"

#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class RevokedCertificatesTest : public ApiTest {
 protected:
  RevokedCertificatesTest() { CreateNamespace("noizy-system"); }
  void Revoke(const std::string& data) {
    const std::string body = R"({"data":)" + data + "}";
    const Answer patched = Call("PATCH", Under(kMaps, "/noizy-revoked-certificates"), body,
                                {{"Content-Type", "application/merge-patch+json"}});
    if (patched.code == 200) return;
    const Answer made = Call(
        "POST", kMaps, R"({"metadata":{"name":"noizy-revoked-certificates"},"data":)" + data + "}");
    ASSERT_EQ(made.code, 201) << ToJson(made.body);
  }
  static constexpr const char* kMaps = "/api/v1/namespaces/noizy-system/configmaps";
  const RevokedCertificates revoked_{store_};
};

TEST_F(RevokedCertificatesTest, TheListCountsAtOnceAndAsItIsNow) {
  EXPECT_TRUE(revoked_.Check("2a").ok());
  EXPECT_EQ(revoked_.Revision(), 0);
  Revoke(R"({"2a":"2026-01-01T00:00:00Z"})");
  EXPECT_EQ(revoked_.Check("2a").reason(), StatusReason::kUnauthorized);
  EXPECT_TRUE(revoked_.Check("2b").ok());
  EXPECT_TRUE(revoked_.Check("").ok());
  Revoke(R"({"2a":null,"2b":"2026-01-01T00:00:00Z"})");
  EXPECT_TRUE(revoked_.Check("2a").ok());
  EXPECT_FALSE(revoked_.Check("2b").ok());
  EXPECT_GT(revoked_.Revision(), 0);
}

TEST_F(RevokedCertificatesTest, WhatIsNoSerialIsLeftOut) {
  Revoke(R"({"2a":"2026-01-01T00:00:00Z","README":"2026-01-01T00:00:00Z","2c":"yesterday"})");
  const auto list = revoked_.List();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list.begin()->first, "2a");
}

TEST_F(RevokedCertificatesTest, ARevokedUserIsOutWithTheNextRequest) {
  ActAs({"ada", {"system:masters"}, "2a"});
  EXPECT_EQ(Call("GET", kMaps).code, 200);
  Revoke(R"({"2a":"2026-01-01T00:00:00Z"})");
  EXPECT_EQ(Call("GET", kMaps).code, 401);
  ActAs({"ada", {"system:masters"}, "2b"});
  EXPECT_EQ(Call("GET", kMaps).code, 200);
}

TEST_F(RevokedCertificatesTest, ADeletedNodeIsOutWithTheNextRequest) {
  const std::string nodes = "/apis/noizy.dev/v1/nodes";
  ASSERT_EQ(
      Call("POST", nodes, R"({"apiVersion":"noizy.dev/v1","kind":"Node","metadata":{"name":"a"}})")
          .code,
      201);
  ActAs({"system:node:a", {"system:nodes"}, "2a"});
  EXPECT_EQ(Call("GET", nodes + "/a").code, 200);
  ActAs({"ada", {"system:masters"}, "2b"});
  ASSERT_EQ(Call("DELETE", nodes + "/a").code, 200);
  ActAs({"system:node:a", {"system:nodes"}, "2a"});
  const Answer refused = Call("GET", nodes + "/a");
  EXPECT_EQ(refused.code, 401);
  EXPECT_NE(refused.Text({"message"}).find("join the grid again"), std::string::npos);
}

}  // namespace
}  // namespace noizy::apiserver
