#include "apiserver/agents/join.h"

#include <thread>

#include "tests/unit/apiserver/agents/agents_fixture.h"

namespace noizy::apiserver {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class JoinTest : public AgentsTest {
 protected:
  static std::string NewRequest() {
    CertificateSubject greedy;
    greedy.common_name = "admin";
    greedy.organizations = {"system:masters"};
    return Get(CreateSigningRequest(greedy, Get(GenerateKey(KeySpec{}))));
  }
  Result<v1::JoinResponse> Join(const std::string& token, const std::string& node = "a",
                                const std::string& address = "10.0.0.1:1000") {
    v1::JoinRequest request;
    request.set_token(token);
    request.set_node_name(node);
    request.set_csr_pem(csr_);
    return joiner_.Join(request, address);
  }
  StatusReason ReasonOf(const std::string& token, const std::string& node = "a",
                        const std::string& address = "10.0.0.1:1000") {
    return Join(token, node, address).status().reason();
  }
  std::string Token(Duration ttl = hours(1), const std::string& node = "") {
    return Get(joiner_.CreateToken(ttl, node));
  }

  CertificateAuthority authority_ = NewAuthority(clock_);
  const std::string csr_ = NewRequest();
  Joiner joiner_{grid_, clock_, random_, {[this] {
                   return NodeAuthority{authority_, authority_.certificate_pem};
                 }}};
};

TEST_F(JoinTest, AMachineGetsItsNodesCertificateAndItsNode) {
  const auto response = Get(Join(Token(), "hp-omen"));
  EXPECT_EQ(response.ca_pem(), authority_.certificate_pem);
  const ParsedCertificate certificate = Get(ParseCertificate(response.certificate_pem()));
  EXPECT_EQ(certificate.subject.common_name, "system:node:hp-omen");
  EXPECT_EQ(certificate.subject.organizations, std::vector<std::string>{"system:nodes"});
  EXPECT_EQ(certificate.usages, (std::vector<std::string>{"digital signature", "client auth"}));
  EXPECT_EQ(certificate.not_before, clock_.Now() - minutes(5));
  EXPECT_EQ(certificate.not_after, clock_.Now() + hours(24));
  EXPECT_TRUE(
      VerifyCertificate(response.certificate_pem(), response.ca_pem(), clock_.Now(), "client auth")
          .ok());
  EXPECT_EQ(ReadNode("hp-omen").spec.transport, "agent");
}

TEST_F(JoinTest, ARenewalIsForTheNodesOwnNameAndNothingMore) {
  const auto renew = [&](const std::function<void(CertificateSubject&)>& change,
                         CertificateRole role = CertificateRole::kLeaf) {
    CertificateSubject subject;
    subject.common_name = "system:node:a";
    subject.organizations = {"system:nodes"};
    change(subject);
    return joiner_.Renew("a", Get(CreateSigningRequest(subject, Get(GenerateKey(KeySpec{})), role)))
        .status()
        .reason();
  };
  EXPECT_FALSE(joiner_.IsUpToDate("a"));
  EXPECT_EQ(renew([](auto&) {}), StatusReason::kOk);
  EXPECT_TRUE(joiner_.IsUpToDate("a"));
  EXPECT_EQ(renew([](auto& s) { s.common_name = "system:node:b"; }), StatusReason::kForbidden);
  EXPECT_EQ(renew([](auto& s) { s.organizations.push_back("system:masters"); }),
            StatusReason::kForbidden);
  EXPECT_EQ(renew([](auto& s) { s.dns_names = {"a"}; }), StatusReason::kForbidden);
  EXPECT_EQ(renew([](auto&) {}, CertificateRole::kAuthority), StatusReason::kForbidden);
  EXPECT_EQ(joiner_.Renew("a", "nonsense").status().reason(), StatusReason::kBadRequest);
  authority_ = NewAuthority(clock_);
  EXPECT_FALSE(joiner_.IsUpToDate("a"));
}

TEST_F(JoinTest, ATokenLetsOneMachineJoin) {
  const std::string token = Token();
  EXPECT_TRUE(Join(token).ok());
  EXPECT_EQ(ReasonOf(token, "b"), StatusReason::kUnauthorized);
  EXPECT_FALSE(grid_.ReadNode("b").ok());
}

TEST_F(JoinTest, OfManyMachinesWithOneTokenExactlyOneJoins) {
  const std::string token = Token();
  std::atomic<int> joined = 0;
  std::vector<std::thread> machines;
  for (int i = 0; i < 4; ++i) {
    machines.emplace_back([&, i] {
      const std::string number = std::to_string(i);
      if (Join(token, "n" + number, "10.0.0." + number + ":1").ok()) ++joined;
    });
  }
  for (auto& machine : machines) machine.join();
  EXPECT_EQ(joined, 1);
}

TEST_F(JoinTest, ExpiredBoundAndBrokenTokensAreRefused) {
  const std::string brief = Token(minutes(1));
  const std::string bound = Token(hours(1), "hp-omen");
  clock_.Advance(minutes(2));
  EXPECT_NE(Join(brief).status().message().find("expired"), std::string::npos);
  EXPECT_EQ(ReasonOf(bound, "other"), StatusReason::kForbidden);
  EXPECT_TRUE(Join(bound, "hp-omen").ok());
  EXPECT_EQ(ReasonOf("nonsense"), StatusReason::kBadRequest);
  EXPECT_EQ(joiner_.CreateToken(Duration(0), "").status().reason(), StatusReason::kBadRequest);
  EXPECT_EQ(joiner_.CreateToken(hours(1), "Bad Name").status().reason(), StatusReason::kBadRequest);
}

TEST_F(JoinTest, WhatIsWrongWithARequestDoesNotUseUpTheToken) {
  const std::string token = Token();
  EXPECT_EQ(ReasonOf(token, "Bad_Name"), StatusReason::kBadRequest);
  EXPECT_EQ(ReasonOf(token, std::string(53, 'x')), StatusReason::kBadRequest);
  v1::JoinRequest request;
  request.set_token(token);
  request.set_node_name("a");
  request.set_csr_pem("no request");
  EXPECT_EQ(joiner_.Join(request, "10.0.0.1:1").status().reason(), StatusReason::kBadRequest);
  EXPECT_TRUE(Join(token, std::string(52, 'x')).ok());
}

TEST_F(JoinTest, ALivingNodesNameIsTakenADeadOnesIsFree) {
  CreateNode("a");
  EXPECT_TRUE(Join(Token()).ok());  // it never had an agent
  const auto set_lease = [&](const std::string& expired) {
    grid_.ChangeNodeStatus(
        "a",
        [&](Node& node) -> Result<bool> {
          node.status.lease.emplace().epoch = 3;
          node.status.lease->expired_time = expired;
          return true;
        },
        [](const Status& status) { ASSERT_TRUE(status.ok()); });
  };
  set_lease("");
  const std::string token = Token();
  const Status taken = Join(token).status();
  EXPECT_EQ(taken.reason(), StatusReason::kAlreadyExists);
  EXPECT_NE(taken.message().find("noizy delete node a"), std::string::npos);
  set_lease("2026-01-01T00:00:00Z");
  EXPECT_TRUE(Join(token).ok());
}

TEST_F(JoinTest, GuessingIsLimitedForEachHost) {
  const std::string token = Token();
  for (int i = 0; i < JoinLimiter::kFailuresPerMinute; ++i) {
    EXPECT_EQ(ReasonOf("abcdef.0123456789abcdef", "a", "10.0.0.1:" + std::to_string(i)),
              StatusReason::kUnauthorized);
  }
  const Status limited = Join(token).status();
  EXPECT_EQ(limited.reason(), StatusReason::kTooManyRequests);
  EXPECT_EQ(limited.details().retry_after_seconds, 60);
  EXPECT_TRUE(Join(token, "a", "10.0.0.2:1").ok());
  clock_.Advance(seconds(60));
  EXPECT_EQ(ReasonOf("abcdef.0123456789abcdef"), StatusReason::kUnauthorized);
}

TEST_F(JoinTest, ManyMachinesBehindOneAddressMayJoin) {
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Join(Token(), "n" + std::to_string(i)).ok());
}

TEST_F(JoinTest, AnAttackerWithManyAddressesIsForgottenInTime) {
  JoinLimiter limiter(clock_);
  for (std::size_t i = 0; i < JoinLimiter::kMaxHosts; ++i)
    EXPECT_TRUE(limiter.Admit(std::to_string(i)).ok());
  EXPECT_EQ(limiter.Admit("one more").reason(), StatusReason::kTooManyRequests);
  clock_.Advance(seconds(60));
  EXPECT_TRUE(limiter.Admit("one more").ok());
}

TEST_F(JoinTest, ExpiredTokensAreSwept) {
  Token(minutes(1));
  Token(hours(2));
  clock_.Advance(hours(1));
  Token();
  const auto listing = Get(store_.List({"secrets", "noizy-system", ""}, {}));
  EXPECT_EQ(listing.items.size(), 2U);
}

}  // namespace
}  // namespace noizy::apiserver
