// Each loop's decision, and the contract that every reconciler holds to.
#include "tests/unit/controllers/certificate/certificate_fixture.h"

namespace noizy::certificate {
namespace {

using std::chrono::hours;

// A Certificate that is being issued, with `around` it.
ReconcilerScenario Scenario(const std::string& name, std::vector<Value> around,
                            Controller& (*add)(ReconcilerHarness&)) {
  std::vector<Value> world = {Scene().certificate.ToValue()};
  world.insert(world.end(), around.begin(), around.end());
  return {.name = name, .add = add, .world = std::move(world), .world_at_once = true};
}

Value IssuerSecret() {
  return AuthoritySecret(Scene().authority).ToValue();
}

// One scene for all: the next key and the request over it belong together.
const Scene& Shared() {
  static const Scene scene;
  return scene;
}

Controller& AddNextKey(ReconcilerHarness& harness) {
  return AddLoop<NextKeyReconciler>(
      harness, KeyMaker([](const KeySpec&) -> Result<std::string> { return Shared().key_pem; }));
}

const bool kTrigger = RegisterReconcilerContract({.name = "CertificateTrigger",
                                                  .add = AddLoop<TriggerReconciler>,
                                                  .world = {NewCertificate("SecretCA").ToValue()}});
const bool kNextKey = RegisterReconcilerContract(Scenario("CertificateKey", {}, AddNextKey));
const bool kRequest = RegisterReconcilerContract(
    Scenario("CertificateRequest", {Shared().NextKey().ToValue()}, AddLoop<RequestReconciler>));
const bool kReadiness = RegisterReconcilerContract(
    Scenario("CertificateReadiness", {IssuerSecret()}, AddLoop<ReadinessReconciler>));

TEST(TriggerDecide, IssuesForAReasonAndOnce) {
  Scene scene;
  EXPECT_EQ(DecideTrigger(scene.Around()), TriggerPlan());  // it is being issued
  scene.SetIssuing("False");
  EXPECT_EQ(DecideTrigger(scene.Around()).issue->reason, "DoesNotExist");
  const Surroundings done = scene.After(scene.Issued());
  EXPECT_EQ(DecideTrigger(done).issue, std::nullopt);
  EXPECT_EQ(DecideTrigger(done).look_again, RenewalTimeIn(done));
}

TEST(TriggerDecide, WaitsAfterAFailureUnlessTheSpecChanged) {
  Scene scene;
  scene.SetIssuing("False");
  scene.certificate.status.last_failure_time = "2026-01-01T00:00:00Z";
  for (const auto& [failures, wait] :
       {std::pair(1, hours(1)), std::pair(2, hours(2)), std::pair(9, hours(32))}) {
    scene.certificate.status.failed_issuance_attempts = failures;
    EXPECT_EQ(DecideTrigger(scene.Around()), (TriggerPlan{std::nullopt, kStart + wait}));
  }
  scene.now = kStart + hours(32);
  EXPECT_TRUE(DecideTrigger(scene.Around()).issue);
  scene.now = kStart;
  scene.certificate.metadata.generation = 2;
  EXPECT_TRUE(DecideTrigger(scene.Around()).issue);
}

TEST(NextKeyDecide, AKeyLivesAsLongAsItsIssuance) {
  Scene scene;
  Surroundings around = scene.Around();
  EXPECT_EQ(DecideNextKey(around), KeyPlan::kNothing);
  around.next_key = nullptr;
  EXPECT_EQ(DecideNextKey(around), KeyPlan::kGenerate);
  scene.SetIssuing("False");
  EXPECT_EQ(DecideNextKey(scene.Around()), KeyPlan::kDiscard);
  EXPECT_EQ(DecideNextKey(scene.After(scene.Issued())), KeyPlan::kNothing);
  scene.SetIssuing("True");
  scene.certificate.spec.private_key.algorithm = "RSA";
  EXPECT_EQ(DecideNextKey(scene.Around()), KeyPlan::kDiscard);
}

TEST(NextKeyDecide, AKeyThatIsNeverRotatedServesAgain) {
  Scene scene;
  const Secret secret = scene.Issued();
  EXPECT_EQ(DecideNextKey(scene.After(secret)), KeyPlan::kGenerate);
  scene.certificate.spec.private_key.rotation_policy = "Never";
  EXPECT_EQ(DecideNextKey(scene.After(secret)), KeyPlan::kReuse);
  scene.certificate.spec.private_key.algorithm = "RSA";
  EXPECT_EQ(DecideNextKey(scene.After(secret)), KeyPlan::kGenerate);
}

RequestPlan PlanWith(const Scene& scene, const CertificateSigningRequest& request) {
  Surroundings around = scene.Around();
  around.request = std::make_shared<const CertificateSigningRequest>(request);
  return DecideRequest(around);
}

TEST(RequestDecide, OnlyWhatTheCertificateSaysIsApproved) {
  const Scene scene;
  Surroundings around = scene.Around();
  around.request = nullptr;
  EXPECT_EQ(DecideRequest(around), RequestPlan::kCreate);
  CertificateSigningRequest request = scene.Request();
  EXPECT_EQ(PlanWith(scene, request), RequestPlan::kApprove);
  request.spec.usages = {"client auth"};
  EXPECT_EQ(PlanWith(scene, request), RequestPlan::kDelete);
  request = scene.Request();
  request.spec.signer_name = kGridSigner;
  EXPECT_EQ(PlanWith(scene, request), RequestPlan::kDelete);
  request = scene.Request();
  request.spec.expiration_seconds = 999'999;
  EXPECT_EQ(PlanWith(scene, request), RequestPlan::kDelete);
  // Somebody else's key, with the right names.
  Scene thief;
  EXPECT_EQ(PlanWith(scene, thief.Request()), RequestPlan::kDelete);
  // Another name, over the right key.
  thief.key_pem = scene.key_pem;
  thief.certificate.spec.dns_names = {"bank.example"};
  EXPECT_EQ(PlanWith(scene, thief.Request()), RequestPlan::kDelete);
}

TEST(RequestDecide, WhatIsDecidedStaysAndWhatIsOverGoes) {
  Scene scene;
  EXPECT_EQ(DecideRequest(scene.Around()), RequestPlan::kNothing);
  scene.SetIssuing("False");
  EXPECT_EQ(DecideRequest(scene.Around()), RequestPlan::kDelete);
}

TEST(SignDecide, SignsWhatIsApprovedAndItsOwn) {
  Scene scene;
  EXPECT_TRUE(ShouldSign(scene.Around()));
  Surroundings around = scene.Around();
  CertificateSigningRequest request = scene.Request();
  around.request = std::make_shared<const CertificateSigningRequest>(request);
  EXPECT_FALSE(ShouldSign(around));  // not approved
  around = scene.Around();
  around.issuer.reset();
  EXPECT_FALSE(ShouldSign(around));
  scene.certificate.spec.issuer_ref = {"noizy-ca", "GridCA"};
  EXPECT_FALSE(ShouldSign(scene.Around()));
}

TEST(SignDecide, NothingOutlivesItsIssuer) {
  Scene scene;
  scene.now = kStart + hours(24 * 3650 - 1);
  const auto leaf = Get(ParseCertificate(Get(SignRequest(scene.Around()))));
  EXPECT_EQ(leaf.not_after, kStart + hours(24 * 3650));
}

TEST(IssueDecide, TheSecretHoldsTheChainTheKeyAndTheRoots) {
  const Scene scene;
  Surroundings around = scene.Around();
  EXPECT_FALSE(DecideIssue(around).secret);  // not signed yet
  CertificateSigningRequest request = *around.request;
  const std::string chain = Get(SignRequest(around));
  request.status.certificate = EncodeBase64(chain);
  around.request = std::make_shared<const CertificateSigningRequest>(request);
  const auto data = *DecideIssue(around).secret;
  EXPECT_EQ(data.at("tls.crt"), chain);
  EXPECT_EQ(data.at("tls.key"), scene.key_pem);
  EXPECT_EQ(data.at("ca.crt"), scene.authority.certificate_pem);
  EXPECT_EQ(data.at("combined.pem"), scene.key_pem + chain);
}

TEST(IssueDecide, WhatWasRefusedFails) {
  const Scene scene;
  for (const char* type : {"Denied", "Failed"}) {
    CertificateSigningRequest request = scene.Request();
    Scene::Set(request, type);
    Surroundings around = scene.Around();
    around.request = std::make_shared<const CertificateSigningRequest>(request);
    EXPECT_EQ(DecideIssue(around).failure->reason, type);
  }
}

TEST(ReadinessDecide, TellsWhatIsHeldAndWhatIsWrong) {
  Scene scene;
  const ReadinessPlan ready = DecideReadiness(scene.After(scene.Issued()));
  EXPECT_TRUE(IsConditionTrue(ready.status.conditions, kReady));
  EXPECT_EQ(ready.status.not_after, "2026-01-01T10:00:00Z");
  EXPECT_EQ(ready.look_again, kStart + hours(10));
  EXPECT_FALSE(ready.status.fingerprint_sha256.empty());
  Surroundings missing = scene.Around();
  missing.issuer.reset();
  missing.issuer_fault = "no such Secret";
  const ReadinessPlan not_ready = DecideReadiness(missing);
  EXPECT_EQ(FindCondition(not_ready.status.conditions, kReady)->message,
            "There is no Secret web-tls; its issuer cannot sign: no such Secret");
  scene.certificate.spec.revoked = true;
  const ReadinessPlan revoked = DecideReadiness(scene.After(scene.Issued()));
  EXPECT_EQ(FindCondition(revoked.status.conditions, kReady)->reason, "Revoked");
  EXPECT_EQ(revoked.status.renewal_time, "");
}

TEST(RevocationDecide, OnlyTheGridsOwnAreListed) {
  Scene scene;
  const Secret secret = scene.Issued();
  EXPECT_EQ(SerialToRevoke(scene.After(secret)), std::nullopt);
  scene.certificate.spec.revoked = true;
  EXPECT_EQ(SerialToRevoke(scene.After(secret)), std::nullopt);
  scene.certificate.spec.issuer_ref = {"noizy-ca", "GridCA"};
  Surroundings around = scene.After(secret);
  EXPECT_EQ(SerialToRevoke(around), around.leaf->serial);
  around.on_revocation_list = true;
  EXPECT_EQ(SerialToRevoke(around), std::nullopt);
}

}  // namespace
}  // namespace noizy::certificate
