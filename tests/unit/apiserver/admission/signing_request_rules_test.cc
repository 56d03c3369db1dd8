#include "machinery/pki/pki.h"
#include "machinery/value/base64.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class SigningRequestRulesTest : public ApiTest {
 protected:
  static std::string RequestText() {
    CertificateSubject subject;
    subject.common_name = "jane";
    return EncodeBase64(*CreateSigningRequest(subject, *GenerateKey(KeySpec{})));
  }
  Answer Create(const std::string& request, const std::string& more = "") {
    return Call("POST", kRequests,
                R"({"metadata":{"name":"jane"},"spec":{"signerName":"example.com/x","request":")" +
                    request + "\"" + more + "}}");
  }
  Answer Patch(const std::string& subresource, const std::string& patch) {
    return Call("PATCH", Under(kRequests, "/jane") + subresource, patch,
                {{"Content-Type", "application/merge-patch+json"}});
  }
  static constexpr const char* kRequests =
      "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  static constexpr const char* kApprove =
      R"({"status":{"conditions":[{"type":"Approved","status":"True","reason":"ByHand"}]}})";
};

TEST_F(SigningRequestRulesTest, TheServerSaysWhoAsks) {
  ActAs({"ada", {"system:masters"}, "02"});
  const Answer made = Create(RequestText(), R"(,"username":"root","groups":["x"],"uid":"1")");
  ASSERT_EQ(made.code, 201) << ToJson(made.body);
  EXPECT_EQ(made.Text({"spec", "username"}), "ada");
  EXPECT_EQ(ToJson(*Find(made.body, {"spec", "groups"})),
            R"(["system:masters","system:authenticated"])");
  EXPECT_EQ(made.Text({"spec", "uid"}), "");
}

TEST_F(SigningRequestRulesTest, WhatCannotBeReadIsRefused) {
  EXPECT_EQ(Create(EncodeBase64("nonsense")).code, 422);
  EXPECT_EQ(Create("%%%").code, 400);
}

TEST_F(SigningRequestRulesTest, TheSpecStays) {
  const Answer made = Create(RequestText());
  const Answer patched = Patch("", R"({"spec":{"signerName":"example.com/y","username":"root"}})");
  EXPECT_EQ(patched.code, 200);
  EXPECT_EQ(ToJson(*Find(patched.body, {"spec"})), ToJson(*Find(made.body, {"spec"})));
}

TEST_F(SigningRequestRulesTest, OnlyTheApprovalDecides) {
  Create(RequestText());
  EXPECT_EQ(Find(Patch("/status", kApprove).body, {"status", "conditions"}), nullptr);
  const Answer approved = Patch("/approval", kApprove);
  ASSERT_EQ(approved.code, 200) << ToJson(approved.body);
  EXPECT_EQ(StringAt(ArrayAt(approved.body, {"status", "conditions"})->at(0), {"type"}),
            "Approved");
  // Nor does the status write take it back, nor anybody turn it round.
  const Answer kept = Patch("/status", R"({"status":{"conditions":null}})");
  EXPECT_EQ(ArrayAt(kept.body, {"status", "conditions"})->size(), 1U);
  EXPECT_EQ(Patch("/approval", R"({"status":{"conditions":null}})").code, 422);
  EXPECT_EQ(Patch("/approval", R"({"status":{"conditions":[{"type":"Approved","status":"True"},)"
                               R"({"type":"Denied","status":"True"}]}})")
                .code,
            422);
}

TEST_F(SigningRequestRulesTest, ACertificateIsWrittenOnceAndNotByTheApproval) {
  Create(RequestText());
  const std::string key = *GenerateKey(KeySpec{});
  CertificateProfile profile;
  profile.subject.common_name = "jane";
  profile.not_before = clock_.Now();
  profile.not_after = clock_.Now() + std::chrono::hours(1);
  const std::string pem = EncodeBase64(*SelfSign(profile, key));
  const std::string patch = R"({"status":{"certificate":")" + pem + "\"}}";
  EXPECT_EQ(Find(Patch("/approval", patch).body, {"status", "certificate"}), nullptr);
  EXPECT_EQ(Patch("/status", R"({"status":{"certificate":"eHh4"}})").code, 422);
  EXPECT_EQ(Patch("/status", patch).Text({"status", "certificate"}), pem);
  EXPECT_EQ(Patch("/status", R"({"status":{"certificate":null}})").code, 422);
}

TEST_F(SigningRequestRulesTest, TheApprovalIsReadAndFoundInDiscovery) {
  Create(RequestText());
  EXPECT_EQ(Call("GET", Under(kRequests, "/jane/approval")).code, 200);
  EXPECT_EQ(Call("GET", Under(kTasks, "/jane/approval")).code, 404);
  const std::string resources = ToJson(Call("GET", "/apis/certificates.k8s.io/v1").body);
  EXPECT_NE(resources.find("certificatesigningrequests/approval"), std::string::npos);
}

}  // namespace
}  // namespace noizy::apiserver
