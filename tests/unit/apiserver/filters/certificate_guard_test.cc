#include "apiserver/filters/certificate_guard.h"

#include "machinery/pki/pki.h"
#include "tests/unit/apiserver/authorization/rbac_fixture.h"

namespace noizy::apiserver {
namespace {

class CertificateGuardTest : public RbacTest {
 protected:
  CertificateGuardTest() {
    CertificateProfile profile;
    profile.subject.dns_names = {"localhost", "Grid.Example"};
    profile.subject.ip_addresses = {"127.0.0.1", "2001:db8::1"};
    profile.not_before = clock_.Now();
    profile.not_after = clock_.Now() + std::chrono::hours(1);
    const std::string pem = *SelfSign(profile, *GenerateKey(KeySpec{}));
    EXPECT_TRUE(server_.Set(pem).ok());
    Write(
        "{kind: ClusterRole, metadata: {name: server}, rules: [{verbs: [sign], apiGroups: "
        "[certificates.k8s.io], resources: [signers], resourceNames: [noizy.dev/server]}]}\n---\n"
        "{kind: ClusterRoleBinding, metadata: {name: b}, roleRef: {kind: ClusterRole, name: "
        "server}, subjects: [{kind: User, name: root}]}");
  }
  static Value Spec(const std::string& spec) { return Parse("{spec: {" + spec + "}}"); }
  StatusReason Check(const std::string& spec, const Identity& who = User("ada")) {
    return CheckCertificateWrite(authorizer_, server_, who, nullptr, Spec(spec)).reason();
  }

  ServerNames server_;
};

TEST_F(CertificateGuardTest, AnOrdinaryUserCannotPoseAsTheServer) {
  for (const char* spec : {"dnsNames: [other.example, localhost]", "dnsNames: [LOCALHOST.]",
                           "dnsNames: [grid.example]", "dnsNames: ['*.example']",
                           "ipAddresses: [127.0.0.1]", "ipAddresses: ['::ffff:127.0.0.1']",
                           "ipAddresses: ['2001:0db8:0:0::1']", "commonName: grid.example",
                           "isCA: true", "dnsNames: [localhost], issuerRef: {kind: GridCA}",
                           "dnsNames: [localhost], issuerRef: {kind: SecretCA}"}) {
    EXPECT_EQ(Check(spec), StatusReason::kForbidden) << spec;
    EXPECT_EQ(Check(spec, User("root")), StatusReason::kOk) << spec;
    EXPECT_EQ(Check(spec, User("boss", {"system:masters"})), StatusReason::kOk) << spec;
  }
}

TEST_F(CertificateGuardTest, OtherNamesAreFree) {
  for (const char* spec : {"commonName: web", "dnsNames: [web.example, '*.web.example', example]",
                           "ipAddresses: [127.0.0.2, '2001:db8::2']", "dnsNames: [my.localhost]",
                           "dnsNames: [localhost], issuerRef: {kind: SelfSigned}",
                           "isCA: true, issuerRef: {kind: SelfSigned}"})
    EXPECT_EQ(Check(spec), StatusReason::kOk) << spec;
}

TEST_F(CertificateGuardTest, WhatAnAdministratorMadeMayBeLabelledByOthers) {
  const Value made = Spec("dnsNames: [localhost]");
  EXPECT_TRUE(CheckCertificateWrite(authorizer_, server_, User("ada"), &made, made).ok());
  const Value other = Spec("dnsNames: [localhost], secretName: mine");
  EXPECT_FALSE(CheckCertificateWrite(authorizer_, server_, User("ada"), &made, other).ok());
}

TEST_F(CertificateGuardTest, TheServersNamesAreThoseOfItsCertificateOfNow) {
  EXPECT_FALSE(server_.Set("no certificate").ok());
  EXPECT_TRUE(server_.IsCoveredBy("localhost"));
  CertificateProfile profile;
  profile.subject.dns_names = {"moved.example"};
  profile.not_after = profile.not_before + std::chrono::hours(1);
  ASSERT_TRUE(server_.Set(*SelfSign(profile, *GenerateKey(KeySpec{}))).ok());
  EXPECT_FALSE(server_.IsCoveredBy("localhost"));
  EXPECT_TRUE(server_.IsCoveredBy("moved.example"));
}

}  // namespace
}  // namespace noizy::apiserver
