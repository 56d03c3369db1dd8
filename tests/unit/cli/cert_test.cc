#include <gtest/gtest.h>

#include "cli/certificates.h"
#include "machinery/pki/pki.h"
#include "machinery/value/base64.h"
#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class Cert : public CliTest {
 protected:
  Cert() {
    grid_.api_.AddKind({kCertificates, "Certificate"});
    grid_.api_.AddKind({kSigningRequests, "CertificateSigningRequest"});
  }
  void Put(const std::string& name, const std::string& more = "") {
    grid_.api_.Put(Yaml("apiVersion: noizy.dev/v1\nkind: Certificate\nmetadata: {name: " + name +
                        ", namespace: default}\nspec: {secretName: " + name + "-tls}\n" + more));
  }
  Value Find(const std::string& name) { return grid_.api_.Find(kCertificates, {"default", name}); }
};

TEST_F(Cert, IssueMakesACertificate) {
  const FakeGrid::Outcome made =
      grid_.Run({"cert", "issue", "web", "--dns", "a.b", "--dns", "c.d", "--ip", "10.0.0.1",
                 "--usage", "client auth", "--duration", "24h", "--algorithm", "Ed25519"});
  EXPECT_EQ(made.out, "certificate.noizy.dev/web created\n") << made.err;
  EXPECT_EQ(ToJson(*noizy::Find(Find("web"), {"spec"})),
            R"({"commonName":"web","dnsNames":["a.b","c.d"],"ipAddresses":["10.0.0.1"],)"
            R"("usages":["client auth"],"duration":"24h","privateKey":{"algorithm":"Ed25519"},)"
            R"("secretName":"web-tls","issuerRef":{"name":"noizy-ca"}})");
  EXPECT_EQ(grid_.Run({"cert", "issue"}).code, 2);
  EXPECT_EQ(grid_.Run({"cert", "issue", "own", "--issuer", "my-ca", "--secret", "s"}).code, 0);
  EXPECT_EQ(StringAt(Find("own"), {"spec", "issuerRef", "kind"}), "SecretCA");
}

TEST_F(Cert, RenewSaysSoInTheStatusAndKeepsTheRest) {
  Put("web",
      "status: {conditions: [{type: Ready, status: 'True'}, {type: Issuing, status: "
      "'False'}]}\n");
  EXPECT_EQ(grid_.Run({"cert", "renew", "web"}).out,
            "certificate.noizy.dev/web is being renewed\n");
  const Value renewed = Find("web");
  const Array& conditions = *ArrayAt(renewed, {"status", "conditions"});
  ASSERT_EQ(conditions.size(), 2U);
  EXPECT_EQ(StringAt(conditions[0], {"type"}), "Ready");
  EXPECT_EQ(StringAt(conditions[1], {"status"}), "True");
  EXPECT_EQ(StringAt(conditions[1], {"reason"}), "ManuallyTriggered");
}

TEST_F(Cert, RevokeIsASpecAndEndsRenewals) {
  Put("web");
  EXPECT_EQ(grid_.Run({"cert", "revoke", "web"}).out, "certificate.noizy.dev/web revoked\n");
  EXPECT_TRUE(BoolAt(Find("web"), {"spec", "revoked"}));
  const FakeGrid::Outcome renewed = grid_.Run({"cert", "renew", "web", "none"});
  EXPECT_EQ(renewed.code, 1);
  EXPECT_NE(renewed.err.find("is revoked: set spec.revoked to false"), std::string::npos);
  EXPECT_NE(renewed.err.find("\"none\" not found"), std::string::npos);
}

TEST_F(Cert, SerialNumbersAreRevokedAsTheyAre) {
  const auto listed = [&] { return grid_.api_.Find(kConfigMaps, kRevokedMap); };
  EXPECT_EQ(grid_.Run({"cert", "revoke", "--serial", "2a"}).out, "serial number 2a revoked\n");
  EXPECT_EQ(grid_.Run({"cert", "revoke", "--serial", "2b"}).code, 0);
  EXPECT_EQ(ToJson(*noizy::Find(listed(), {"data"})),
            R"({"2a":"2026-01-01T00:00:00Z","2b":"2026-01-01T00:00:00Z"})");
}

TEST_F(Cert, RequestsAreDecidedThroughTheirApproval) {
  for (const char* name : {"jane", "joe"}) {
    grid_.api_.Put(
        Yaml("apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\n"
             "metadata: {name: " +
             std::string(name) + "}\nspec: {signerName: a/b}\n"));
  }
  EXPECT_EQ(grid_.Run({"cert", "approve", "jane"}).out,
            "certificatesigningrequest.certificates.k8s.io/jane approved\n");
  EXPECT_EQ(grid_.Run({"cert", "deny", "joe"}).code, 0);
  EXPECT_TRUE(grid_.api_.Writes().at(0).path.ends_with("/jane/approval"));
  const Value joe = grid_.api_.Find(kSigningRequests, {"", "joe"});
  EXPECT_EQ(StringAt(ArrayAt(joe, {"status", "conditions"})->at(0), {"type"}), "Denied");
  EXPECT_EQ(grid_.Run({"cert", "approve", "none"}).code, 1);
  EXPECT_EQ(grid_.Run({"cert", "deny"}).code, 2);
}

// A Secret with a self-signed certificate of ten days, as a Certificate `web` has it.
class CertView : public Cert {
 protected:
  CertView() {
    CertificateProfile profile;
    profile.subject.common_name = "web";
    profile.subject.organizations = {"Noizyfish"};
    profile.subject.dns_names = {"web.local"};
    profile.subject.ip_addresses = {"10.0.0.1"};
    profile.not_before = grid_.clock_.Now();
    profile.not_after = grid_.clock_.Now() + std::chrono::hours(240);
    profile.usages = {"digital signature", "server auth"};
    pem_ = *SelfSign(profile, *GenerateKey({KeyAlgorithm::kEd25519}));
    Put("web",
        "status: {notAfter: '2026-01-11T00:00:00Z', conditions: [{type: Ready, status: "
        "'True'}]}\n");
    const std::string text = EncodeBase64(pem_);
    grid_.api_.Put(Value(Object{{"apiVersion", "v1"},
                                {"kind", "Secret"},
                                {"metadata", Object{{"name", "web-tls"}, {"namespace", "default"}}},
                                {"data", Object{{"tls.crt", text},
                                                {"tls.key", EncodeBase64("KEY")},
                                                {"ca.crt", text},
                                                {"combined.pem", text}}}}));
  }
  std::string pem_;
};

TEST_F(CertView, InspectShowsWhatAPersonAsks) {
  const FakeGrid::Outcome shown = grid_.Run({"cert", "inspect", "web"});
  for (const char* line :
       {"Subject:      CN=web, O=Noizyfish\n", "Names:        web.local, 10.0.0.1\n",
        "Usages:       digital signature, server auth\n", "10d left)\n"}) {
    EXPECT_NE(shown.out.find(line), std::string::npos) << line << shown.out << shown.err;
  }
  const std::string path = testing::TempDir() + "/noizy_cert_view.pem";
  std::ofstream(path) << pem_ << pem_;
  EXPECT_NE(grid_.Run({"cert", "inspect", path}).out.find("\nSigned by\n"), std::string::npos);
  EXPECT_EQ(grid_.Run({"cert", "inspect", "none"}).code, 1);
}

TEST_F(CertView, ExportWritesPrivateFiles) {
  const std::string folder = testing::TempDir() + "/noizy_cert_export";
  const FakeGrid::Outcome done = grid_.Run({"cert", "export", "web", "--to", folder});
  EXPECT_EQ(done.code, 0) << done.err;
  std::ifstream key(folder + "/tls.key");
  std::string text;
  key >> text;
  EXPECT_EQ(text, "KEY");
}

TEST_F(CertView, StatusPutsWhatEndsFirstAtTheTop) {
  Put("late",
      "status: {notAfter: '2026-06-01T00:00:00Z', conditions: [{type: Ready, status: "
      "'True'}]}\n");
  Put("never", "status: {conditions: [{type: Ready, status: 'False', reason: Denied}]}\n");
  const std::string all = grid_.Run({"cert", "status"}).out;
  EXPECT_LT(all.find("never"), all.find("web"));
  EXPECT_LT(all.find("web"), all.find("late"));
  EXPECT_NE(all.find("Denied"), std::string::npos);
  const std::string soon = grid_.Run({"cert", "status", "--within", "720h"}).out;
  EXPECT_EQ(soon.find("late"), std::string::npos);
  EXPECT_NE(soon.find("web"), std::string::npos);
}

}  // namespace
}  // namespace noizy::cli
