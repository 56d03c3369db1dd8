#include "nodeagent/identity.h"

#include <sys/stat.h>

#include "tests/unit/machinery/os/scratch.h"
#include "tests/unit/nodeagent/test_authority.h"

namespace noizy::nodeagent {
namespace {

class IdentityTest : public testing::Test {
 protected:
  Result<NodeIdentity> Join() {
    const EnrolRequest request{"node-1", "host:1", "token", authority_.hash(), "v1"};
    return Enrol(
        request,
        [this](const JoinOptions& options,
               const v1::JoinRequest& message) -> Result<v1::JoinResponse> {
          options_ = options;
          message_ = message;
          return answer_ ? answer_(message) : authority_.Answer(message);
        },
        clock_);
  }

  FakeClock clock_;
  TestAuthority authority_{clock_};
  ScratchFolder scratch_;
  JoinOptions options_;
  v1::JoinRequest message_;
  std::function<Result<v1::JoinResponse>(const v1::JoinRequest&)> answer_;
};

TEST_F(IdentityTest, JoinsWithAKeyThatStaysHere) {
  const auto identity = Join();
  ASSERT_TRUE(identity.ok()) << identity.status().ToString();
  EXPECT_EQ(options_.target, "host:1");
  EXPECT_EQ(options_.ca_hash, authority_.hash());
  EXPECT_EQ(message_.token(), "token");
  EXPECT_EQ(message_.csr_pem().find("PRIVATE"), std::string::npos);
  const auto csr = ParseSigningRequest(message_.csr_pem());
  ASSERT_TRUE(csr.ok());
  EXPECT_EQ(csr->subject.common_name, "system:node:node-1");
  EXPECT_EQ(csr->subject.organizations, std::vector<std::string>{"system:nodes"});
  EXPECT_EQ(csr->public_key_der, PublicKeyOf(identity->tls.private_key_pem).ValueOr(""));
}

TEST_F(IdentityTest, KeptPrivatelyAndFoundAgain) {
  const auto identity = Join();
  ASSERT_TRUE(SaveIdentity(scratch_.path(), *identity).ok());
  for (const char* name : {"", "/node.key", "/node.crt", "/ca.crt", "/node.json"}) {
    EXPECT_TRUE(RequirePrivate(scratch_ / "identity" + name).ok()) << name;
  }
  const auto again = LoadIdentity(scratch_.path(), clock_);
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(again->node_name, "node-1");
  EXPECT_EQ(again->server, "host:1");
  EXPECT_EQ(again->tls.private_key_pem, identity->tls.private_key_pem);
  EXPECT_EQ(again->tls.certificate_pem, identity->tls.certificate_pem);
  EXPECT_EQ(again->tls.ca_pem, identity->tls.ca_pem);
}

TEST_F(IdentityTest, SaysWhatIsWrongWithWhatIsKept) {
  EXPECT_EQ(LoadIdentity(scratch_.path(), clock_).status().reason(), StatusReason::kNotFound);
  ASSERT_TRUE(SaveIdentity(scratch_.path(), *Join()).ok());
  ASSERT_EQ(::chmod((scratch_ / "identity/node.key").c_str(), 0644), 0);
  EXPECT_EQ(LoadIdentity(scratch_.path(), clock_).status().reason(), StatusReason::kForbidden);
  ASSERT_EQ(::chmod((scratch_ / "identity/node.key").c_str(), 0600), 0);
  clock_.Advance(std::chrono::hours(24));
  const Status old = LoadIdentity(scratch_.path(), clock_).status();
  EXPECT_EQ(old.reason(), StatusReason::kUnauthorized);
  EXPECT_NE(old.message().find("run out"), std::string::npos);
}

TEST_F(IdentityTest, RefusalNamesTheServer) {
  answer_ = [](const v1::JoinRequest&) -> Result<v1::JoinResponse> {
    return Unauthorized("no such token");
  };
  EXPECT_EQ(Join().status().message(), "cannot join the grid at host:1: no such token");
}

TEST_F(IdentityTest, AnswerOfAnotherCaIsRefused) {
  const TestAuthority other(clock_);
  answer_ = [&](const v1::JoinRequest& request) -> Result<v1::JoinResponse> {
    return other.Answer(request);
  };
  EXPECT_EQ(Join().status().reason(), StatusReason::kUnauthorized);
  // The right CA, but a certificate that is not from it.
  answer_ = [&](const v1::JoinRequest& request) -> Result<v1::JoinResponse> {
    v1::JoinResponse response = other.Answer(request);
    response.set_ca_pem(authority_.ca_pem());
    return response;
  };
  EXPECT_FALSE(Join().ok());
}

}  // namespace
}  // namespace noizy::nodeagent
