#include "apiserver/resources/payload_check.h"

#include "apiserver/payloads/streamed_payload.h"
#include "machinery/pki/pki.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class PayloadCheckTest : public ApiTest {
 protected:
  static std::string Body(const std::string& name, const std::string& spec) {
    return R"({"apiVersion":"noizy.dev/v1","kind":"Task","metadata":{"name":")" + name +
           R"("},"spec":{"exec":{"command":["cat"]})" + spec + "}}";
  }
  static std::string Ref(const std::string& digest) {
    return R"(,"payloadRef":{"sha256":")" + digest + R"(","sizeBytes":5})";
  }
  Answer Create(const std::string& body, const std::string& proof) {
    HttpHeaders headers = {{"Content-Type", "application/json"}};
    if (!proof.empty()) headers.emplace_back(kStreamedPayloadHeader, proof);
    return Call("POST", std::string(kTasks), body, headers);
  }
  Answer Patch(const std::string& name, const std::string& spec) {
    return Call("PATCH", TaskPath(name), R"({"spec":)" + spec + "}",
                {{"Content-Type", "application/merge-patch+json"}});
  }

  const std::string digest_ = Sha256Hex("bytes");
  const std::string proof_ = ProveStreamed(digest_);
};

TEST_F(PayloadCheckTest, OnlyWhoStreamedThePayloadMayNameIt) {
  EXPECT_EQ(Create(Body("a", Ref(digest_)), proof_).code, 201);
  const Answer copied = Create(Body("b", Ref(digest_)), "");
  EXPECT_EQ(copied.code, 422);
  EXPECT_NE(copied.Text({"message"}).find("spec.payloadRef"), std::string::npos);
  EXPECT_NE(copied.Text({"message"}).find("StreamPayload"), std::string::npos);
  EXPECT_EQ(Create(Body("b", Ref(Sha256Hex("others"))), proof_).code, 422);
  EXPECT_EQ(Create(Body("b", Ref(digest_)), digest_ + " forged").code, 403);
}

TEST_F(PayloadCheckTest, NeitherAppliesNorUpdatesBringOne) {
  EXPECT_EQ(Create(Body("plain", ""), "").code, 201);
  const std::string wanted = R"({"payloadRef":{"sha256":")" + digest_ + R"(","sizeBytes":5}})";
  EXPECT_EQ(Patch("plain", wanted).code, 422);
  const Answer applied =
      Call("PATCH", TaskPath("new") + "?fieldManager=me", Body("new", Ref(digest_)),
           {{"Content-Type", "application/apply-patch+yaml"}});
  EXPECT_EQ(applied.code, 422);
}

TEST_F(PayloadCheckTest, ItNeverChangesAndTheRestOfTheTaskMay) {
  ASSERT_EQ(Create(Body("a", Ref(digest_)), proof_).code, 201);
  EXPECT_EQ(Patch("a", R"({"payloadRef":null})").code, 422);
  EXPECT_EQ(Patch("a", R"({"payloadRef":{"sizeBytes":6}})").code, 422);
  EXPECT_EQ(Patch("a", R"({"payload":"text"})").code, 422);
  EXPECT_EQ(Patch("a", R"({"priority":3})").code, 200);
}

TEST_F(PayloadCheckTest, ATaskHasOneOfTheTwo) {
  const Answer both = Create(Body("a", Ref(digest_) + R"(,"payload":"text")"), proof_);
  EXPECT_EQ(both.code, 422);
  EXPECT_NE(both.Text({"message"}).find("one of the two"), std::string::npos);
}

TEST(PayloadCheck, TheNextLookComesAfterIt) {
  int looked = 0;
  const WriteCheck check = CheckPayloadRef("", [&](const Value*, const Value&) {
    ++looked;
    return Forbidden("no");
  });
  EXPECT_EQ(check(nullptr, Object{{"spec", Object{}}}).reason(), StatusReason::kForbidden);
  EXPECT_EQ(check(nullptr, Object{{"spec", Object{{"payloadRef", Object{}}}}}).reason(),
            StatusReason::kInvalid);
  EXPECT_EQ(looked, 1);
}

}  // namespace
}  // namespace noizy::apiserver
