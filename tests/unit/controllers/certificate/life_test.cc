// All loops and the grid's signer together, under virtual time.
#include "controllers/certificate/controllers.h"
#include "controllers/certificate_signer/reconciler.h"
#include "kinds/node.h"
#include "machinery/value/json.h"
#include "tests/unit/controllers/certificate/certificate_fixture.h"

namespace noizy::certificate {
namespace {

using std::chrono::hours;

class CertificateLife : public testing::Test {
 protected:
  CertificateLife() {
    AddKinds(harness_);
    harness_.api.AddKind<Node>();
    Add<TriggerReconciler>();
    Add<NextKeyReconciler>(KeyMaker(GenerateKey));
    Add<RequestReconciler>();
    Add<SignReconciler>();
    Add<IssueReconciler>();
    Add<ReadinessReconciler>();
    Add<RevocationReconciler>();
    Controller& signer = harness_.Add(std::make_unique<certificate_signer::SignerReconciler>(
        harness_.Context(),
        [this](std::string_view) -> Result<CertificateAuthority> { return grid_; }));
    signer.For<CertificateSigningRequest>();
    harness_.api.Put(AuthorityMap(grid_).ToValue());
  }
  template <typename R, typename... Arguments>
  void Add(Arguments... arguments) {
    AddLoop<R>(harness_, std::move(arguments)...);
  }
  Certificate Now() { return *harness_.api.Find<Certificate>({"default", "web"}); }
  bool IsReady() { return IsConditionTrue(Now().status.conditions, kReady); }
  std::string Held(const std::string& member, const std::string& name = "web-tls") {
    const auto secret = harness_.api.Find<Secret>({"default", name});
    return secret ? MemberOf(*secret, member) : "";
  }
  // The Secret is right, and nothing of the issuance is left.
  void ExpectIssued(const std::string& roots) {
    EXPECT_TRUE(IsReady()) << ToJson(Now().ToValue());
    const Status verified =
        VerifyCertificate(Held("tls.crt"), roots, harness_.clock.Now(), "server auth");
    EXPECT_TRUE(verified.ok()) << verified.ToString();
    EXPECT_EQ(Held("combined.pem"), Held("tls.key") + Held("tls.crt"));
    EXPECT_TRUE(harness_.api.All(ResourceOf<CertificateSigningRequest>()).empty());
    EXPECT_EQ(Held("tls.key", NextKeyName(Now())), "");
  }
  void Change(const std::function<void(Certificate&)>& change) {
    Certificate certificate = Now();
    change(certificate);
    certificate.metadata.generation += 1;
    harness_.api.Put(certificate.ToValue());
    harness_.Settle();
  }

  CertificateAuthority grid_ = NewAuthority("noizy-issuer");
  ReconcilerHarness harness_;
};

TEST_F(CertificateLife, TheGridsCaIssuesIntoASecret) {
  harness_.api.Put(NewCertificate().ToValue());
  harness_.Settle();
  ExpectIssued(grid_.certificate_pem);
  EXPECT_EQ(Now().status.revision, 1);
  EXPECT_EQ(Held("ca.crt"), grid_.certificate_pem);
  EXPECT_EQ(harness_.EventTexts(),
            (std::vector<std::string>{
                "Normal Issuing Certificate/web: There is no Secret web-tls",
                "Normal Issued Certificate/web: The certificate was issued into Secret web-tls"}));
  harness_.api.ForgetRequests();
  harness_.Settle(hours(1));
  EXPECT_TRUE(harness_.api.Writes().empty());
}

TEST_F(CertificateLife, ItIsRenewedInTimeForEver) {
  harness_.api.Put(NewCertificate().ToValue());
  for (int i = 0; i < 40; ++i) {
    harness_.Settle(hours(1));
    ExpectIssued(grid_.certificate_pem);
  }
  EXPECT_GE(Now().status.revision, 5);
  EXPECT_LE(Now().status.revision, 8);
}

TEST_F(CertificateLife, AChangeOrDamageIsMended) {
  harness_.api.Put(NewCertificate().ToValue());
  harness_.Settle();
  Change([](Certificate& c) { c.spec.dns_names = {"other.local"}; });
  EXPECT_EQ(Get(ParseCertificate(Held("tls.crt"))).subject.dns_names,
            std::vector<std::string>{"other.local"});
  harness_.api.Erase(ResourceOf<Secret>(), {"default", "web-tls"});
  harness_.Settle();
  ExpectIssued(grid_.certificate_pem);
  EXPECT_EQ(Now().status.revision, 3);
  grid_ = NewAuthority("noizy-issuer");
  harness_.api.Put(AuthorityMap(grid_).ToValue());
  harness_.Settle();
  ExpectIssued(grid_.certificate_pem);
  EXPECT_EQ(Now().status.revision, 4);
}

TEST_F(CertificateLife, AKeyIsRotatedOrNot) {
  harness_.api.Put(NewCertificate().ToValue());
  harness_.Settle();
  std::string key = Held("tls.key");
  Change([](Certificate& c) { c.spec.uris = {"a:b"}; });
  EXPECT_NE(Held("tls.key"), key);
  key = Held("tls.key");
  Change([](Certificate& c) {
    c.spec.private_key.rotation_policy = "Never";
    c.spec.uris = {"a:c"};
  });
  EXPECT_EQ(Held("tls.key"), key);
  ExpectIssued(grid_.certificate_pem);
}

TEST_F(CertificateLife, ACaInASecretSignsOnceItIsThere) {
  harness_.api.Put(NewCertificate("SecretCA").ToValue());
  harness_.Settle();
  EXPECT_FALSE(IsReady());
  // The CA is itself a Certificate, signed by its own key.
  Certificate authority = NewCertificate("SelfSigned");
  authority.metadata.name = "ca";
  authority.metadata.uid = "u2";
  authority.spec.is_ca = true;
  authority.spec.secret_name = "my-ca";
  harness_.api.Put(authority.ToValue());
  harness_.Settle();
  ExpectIssued(Held("tls.crt", "my-ca"));
  EXPECT_EQ(Held("ca.crt"), Held("ca.crt", "my-ca"));
}

TEST_F(CertificateLife, ARefusalIsToldAndTriedAgainLater) {
  // Nobody approves while a person looks at it, and denies.
  harness_.api.SetFault([](const HttpRequest& request) {
    return request.path.ends_with("/approval") ? Unavailable("later") : Status::Ok();
  });
  harness_.api.Put(NewCertificate().ToValue());
  harness_.Settle(std::chrono::seconds(1));
  auto request = Get(CertificateSigningRequest::FromValue(
      harness_.api.All(ResourceOf<CertificateSigningRequest>()).at(0)));
  Scene::Set(request, "Denied");
  harness_.api.Put(request.ToValue());
  harness_.Settle();
  EXPECT_EQ(Now().status.failed_issuance_attempts, 1);
  EXPECT_EQ(FindCondition(Now().status.conditions, kIssuing)->reason, "Denied");
  harness_.api.SetFault({});
  harness_.Settle(std::chrono::minutes(58));
  EXPECT_FALSE(IsReady());
  harness_.Settle(std::chrono::minutes(3));
  ExpectIssued(grid_.certificate_pem);
  EXPECT_EQ(Now().status.failed_issuance_attempts, 0);
}

TEST_F(CertificateLife, ARevokedOneIsListedAndNotRenewed) {
  harness_.api.Put(NewCertificate().ToValue());
  harness_.Settle();
  const std::string serial = Now().status.serial_number;
  Change([](Certificate& c) { c.spec.revoked = true; });
  const auto list =
      harness_.api.Find<ConfigMap>({std::string(kGridNamespace), std::string(kRevokedMap)});
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->data.contains(serial));
  harness_.Settle(hours(24));
  EXPECT_EQ(Now().status.revision, 1);
  EXPECT_FALSE(IsReady());
  Change([](Certificate& c) { c.spec.revoked = false; });
  EXPECT_TRUE(IsReady());
  EXPECT_NE(Now().status.serial_number, serial);
}

TEST_F(CertificateLife, WhatWasUnderWayGoesWithTheCertificate) {
  Certificate certificate = NewCertificate("SecretCA");  // never signed: there is no CA
  harness_.api.Put(certificate.ToValue());
  harness_.Settle();
  EXPECT_EQ(harness_.api.All(ResourceOf<CertificateSigningRequest>()).size(), 1U);
  harness_.api.Erase(ResourceOf<Certificate>(), {"default", "web"});
  harness_.Settle();
  EXPECT_TRUE(harness_.api.All(ResourceOf<CertificateSigningRequest>()).empty());
}

}  // namespace
}  // namespace noizy::certificate
