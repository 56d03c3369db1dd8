#include "controllers/certificate_signer/reconciler.h"

#include "controllers/certificate_signer/rules.h"
#include "machinery/meta/condition.h"
#include "machinery/value/base64.h"
#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::certificate_signer {
namespace {

using std::chrono::hours;

template <typename T>
T Get(Result<T> result) {
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return result.ok() ? *std::move(result) : T{};
}

constexpr WallTime kStart{std::chrono::seconds(1767225600)};

const CertificateAuthority& Root() {
  static const CertificateAuthority root = [] {
    CertificateProfile profile;
    profile.subject.common_name = "noizy-ca";
    profile.not_before = kStart - hours(1);
    profile.not_after = kStart + hours(24 * 3650);
    profile.is_ca = true;
    profile.path_length = -1;
    return Get(CreateAuthority(profile, KeySpec{}));
  }();
  return root;
}

const std::string& Key() {
  static const std::string key = Get(GenerateKey({KeyAlgorithm::kEd25519}));
  return key;
}

CertificateSubject NodeSubject(const std::string& name = "hp-omen") {
  CertificateSubject subject;
  subject.common_name = "system:node:" + name;
  subject.organizations = {"system:nodes"};
  return subject;
}

CertificateSigningRequest NewRequest(std::string_view signer, const CertificateSubject& subject,
                                     CertificateRole role = CertificateRole::kLeaf) {
  CertificateSigningRequest request;
  request.metadata.name = "r";
  request.spec.signer_name = signer;
  request.spec.request = EncodeBase64(Get(CreateSigningRequest(subject, Key(), role)));
  request.spec.usages = {"digital signature", "client auth"};
  request.spec.username = subject.common_name;
  request.spec.groups = subject.organizations;
  return request;
}

void Approve(CertificateSigningRequest& request) {
  request.status.conditions = {{"Approved", "True", "ByHand", "m", "2026-01-01T00:00:00Z", 0}};
}

Value TheNode() {
  Node node;
  node.metadata.name = "hp-omen";
  return node.ToValue();
}

Controller& AddTo(ReconcilerHarness& harness) {
  harness.api.AddKind<CertificateSigningRequest>();
  harness.api.AddKind<Node>();
  Controller& controller = harness.Add(std::make_unique<SignerReconciler>(
      harness.Context(), [](std::string_view) -> Result<CertificateAuthority> { return Root(); }));
  controller.For<CertificateSigningRequest>();
  return controller;
}

// Signatures are never twice the same; a refusal is.
Value Refused() {
  CertificateSubject subject = NodeSubject();
  subject.dns_names = {"kubernetes"};
  CertificateSigningRequest request = NewRequest(kNodeSigner, subject);
  Approve(request);
  return request.ToValue();
}
const bool kRegistered = RegisterReconcilerContract(
    {.name = "CertificateSigner", .add = AddTo, .world = {Refused(), TheNode()}});

// Why the rules refuse; "" when they do not.
std::string Refusal(const CertificateSigningRequest& request) {
  const auto profile = ProfileFor(request.spec, Get(RequestIn(request.spec)), kStart);
  return profile.ok() ? "" : std::string(profile.status().message());
}

TEST(SignerRules, NodesGetTheirNameAndNothingElse) {
  EXPECT_EQ(Refusal(NewRequest(kNodeSigner, NodeSubject())), "");
  CertificateSubject subject = NodeSubject();
  subject.organizations = {"system:nodes", "system:masters"};
  EXPECT_NE(Refusal(NewRequest(kNodeSigner, subject)), "");
  subject = NodeSubject();
  subject.common_name = "admin";
  EXPECT_NE(Refusal(NewRequest(kNodeSigner, subject)), "");
  for (const auto member : {&CertificateSubject::dns_names, &CertificateSubject::uris}) {
    subject = NodeSubject();
    subject.*member = {"a:b"};
    EXPECT_NE(Refusal(NewRequest(kNodeSigner, subject)), "");
  }
  EXPECT_NE(Refusal(NewRequest(kNodeSigner, NodeSubject(), CertificateRole::kAuthority)), "");
  CertificateSigningRequest server = NewRequest(kNodeSigner, NodeSubject());
  server.spec.usages = {"client auth", "server auth"};
  EXPECT_NE(Refusal(server), "");
  server.spec.usages = {"digital signature"};
  EXPECT_NE(Refusal(server), "");
}

TEST(SignerRules, NobodyAsksToBeTheGridItself) {
  CertificateSubject jane;
  jane.common_name = "jane";
  jane.organizations = {"artists"};
  EXPECT_EQ(Refusal(NewRequest(kClientSigner, jane)), "");
  jane.organizations = {"system:masters"};
  EXPECT_EQ(Refusal(NewRequest(kClientSigner, jane)),
            "the group system:masters is not given by request");
  EXPECT_NE(Refusal(NewRequest(kClientSigner, NodeSubject())), "");
}

TEST(SignerRules, LivesAreBounded) {
  CertificateSigningRequest request = NewRequest(kNodeSigner, NodeSubject());
  const SigningRequest parsed = Get(RequestIn(request.spec));
  EXPECT_EQ(Get(ProfileFor(request.spec, parsed, kStart)).not_after, kStart + hours(24));
  request.spec.expiration_seconds = 3600;
  EXPECT_EQ(Get(ProfileFor(request.spec, parsed, kStart)).not_after, kStart + hours(1));
  request.spec.expiration_seconds = 999'999'999;
  EXPECT_EQ(Get(ProfileFor(request.spec, parsed, kStart)).not_after, kStart + hours(24));
}

TEST(SignerDecide, ANodeIsApprovedForItself) {
  CertificateSigningRequest request = NewRequest(kNodeSigner, NodeSubject());
  EXPECT_EQ(Decide(request, true), SignerPlan::kApprove);
  EXPECT_EQ(Decide(request, false), SignerPlan::kNothing);  // its Node was deleted
  request.spec.username = "system:node:other";
  EXPECT_EQ(Decide(request, true), SignerPlan::kNothing);
  request = NewRequest(kClientSigner, NodeSubject());
  EXPECT_EQ(Decide(request, true), SignerPlan::kNothing);
  Approve(request);
  EXPECT_EQ(Decide(request, true), SignerPlan::kSign);
  request.spec.signer_name = "example.com/other";
  EXPECT_EQ(Decide(request, true), SignerPlan::kNothing);
}

TEST(Signer, ANodesRequestIsApprovedAndSigned) {
  ReconcilerHarness harness;
  AddTo(harness);
  harness.api.Put(TheNode());
  harness.api.Put(NewRequest(kNodeSigner, NodeSubject()).ToValue());
  harness.Settle();
  const auto request = harness.api.Find<CertificateSigningRequest>({"", "r"});
  const std::string pem = Get(DecodeBase64(request->status.certificate));
  EXPECT_TRUE(
      VerifyCertificate(pem, Root().certificate_pem, harness.clock.Now(), "client auth").ok());
  EXPECT_EQ(Get(ParseCertificate(pem)).subject, NodeSubject());
}

TEST(Signer, WhatIsNotItsToSignFails) {
  ReconcilerHarness harness;
  AddTo(harness);
  harness.api.Put(Refused());
  harness.Settle();
  const auto request = harness.api.Find<CertificateSigningRequest>({"", "r"});
  EXPECT_TRUE(IsConditionTrue(request->status.conditions, "Failed"));
  EXPECT_EQ(request->status.certificate, "");
}

}  // namespace
}  // namespace noizy::certificate_signer
