#include "apiserver/listener/certificate_expiry.h"

#include "machinery/base/metrics.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class CertificateExpiryTest : public ApiTest {
 protected:
  void Issue(const std::string& not_after) {
    const Answer answer = Call("PATCH", Under(kCertificates, "/web/status"),
                               R"({"status":{"notAfter":")" + not_after + R"("}})",
                               {{"Content-Type", "application/merge-patch+json"}});
    ASSERT_EQ(answer.code, 200) << ToJson(answer.body);
  }
  bool Shows(const std::string& value) {
    const Answer answer = Call("GET", "/metrics");
    const std::string text(View(answer.body.as_string()));
    return text.find(
               "noizy_certificate_expiration_timestamp_seconds{name=\"web\",namespace="
               "\"default\"}" +
               value) != std::string::npos;
  }
  static constexpr const char* kCertificates = "/apis/noizy.dev/v1/namespaces/default/certificates";
};

TEST_F(CertificateExpiryTest, ACertificatesEndIsShownUntilItIsDeleted) {
  Apply(kCertificates,
        "{apiVersion: noizy.dev/v1, kind: Certificate, metadata: {name: web}, spec: {commonName: "
        "web, secretName: web, issuerRef: {name: noizy-ca}}}");
  EXPECT_FALSE(Shows(""));  // not issued yet
  Issue("2026-01-02T00:00:00Z");
  EXPECT_TRUE(Shows(" 1767312000\n"));
  Issue("2026-01-03T00:00:00Z");
  EXPECT_TRUE(Shows(" 1767398400\n"));
  ASSERT_EQ(Call("DELETE", Under(kCertificates, "/web")).code, 200);
  EXPECT_FALSE(Shows(""));
}

}  // namespace
}  // namespace noizy::apiserver
