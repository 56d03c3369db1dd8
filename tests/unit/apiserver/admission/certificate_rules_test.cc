#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class CertificateRulesTest : public ApiTest {
 protected:
  // "field: message" of every cause; "" when the object was taken.
  std::string Faults(const std::string& spec) {
    const Answer answer =
        Call("POST", "/apis/noizy.dev/v1/namespaces/default/certificates?dryRun=All",
             R"({"apiVersion":"noizy.dev/v1","kind":"Certificate","metadata":{"name":"c"},"spec":{)"
             R"("secretName":"s",)" +
                 spec + "}}");
    std::string text;
    const Array* causes = ArrayAt(answer.body, {"details", "causes"});
    for (std::size_t i = 0; causes != nullptr && i < causes->size(); ++i) {
      text.append(StringAt((*causes)[i], {"field"})).append(": ");
      text.append(StringAt((*causes)[i], {"message"})).append("\n");
    }
    return text;
  }
  static constexpr const char* kBase = R"("commonName":"a","issuerRef":{"name":"noizy-ca"})";
};

TEST_F(CertificateRulesTest, WhatFitsTogetherIsTaken) {
  for (const char* more :
       {"", R"(,"privateKey":{"algorithm":"RSA","size":4096})",
        R"(,"privateKey":{"algorithm":"Ed25519"})", R"(,"duration":"1h","renewBefore":"5m")",
        R"(,"isCA":true,"usages":["cert sign"])", R"(,"ipAddresses":["::1","10.0.0.1"])"}) {
    EXPECT_EQ(Faults(Under(kBase, more)), "") << more;
  }
  EXPECT_EQ(Faults(R"("dnsNames":["a"],"issuerRef":{"name":"my-ca","kind":"SecretCA"})"), "");
}

TEST_F(CertificateRulesTest, WhatDoesNotNamesTheField) {
  struct Row {
    const char* more;
    const char* fault;
  };
  const Row rows[] = {
      {R"(,"ipAddresses":["1.2.3"])",
       "spec.ipAddresses[0]: Invalid value: \"1.2.3\": must be an IP address\n"},
      {R"(,"privateKey":{"algorithm":"RSA","size":256})",
       "spec.privateKey.size: Invalid value: 256: RSA keys have 2048, 3072 or 4096 bits\n"},
      {R"(,"privateKey":{"size":2048})",
       "spec.privateKey.size: Invalid value: 2048: ECDSA keys have 256, 384 or 521 bits\n"},
      {R"(,"privateKey":{"algorithm":"Ed25519","size":256})",
       "spec.privateKey.size: Invalid value: 256: Ed25519 keys have one size; leave it out\n"},
      {R"(,"duration":"59m")", "spec.duration: Invalid value: must be 1h or more\n"},
      {R"(,"duration":"1h","renewBefore":"1h")",
       "spec.renewBefore: Invalid value: must be shorter than duration\n"},
      {R"(,"renewBefore":"1m")", "spec.renewBefore: Invalid value: must be 5m or more\n"},
      {R"(,"renewBefore":"1h","renewBeforePercentage":30)",
       "spec.renewBeforePercentage: Invalid value: may not be set together with renewBefore\n"},
      {R"(,"usages":["cert sign"])",
       "spec.usages[0]: Invalid value: \"cert sign\": only with isCA: true\n"},
  };
  for (const Row& row : rows) EXPECT_EQ(Faults(Under(kBase, row.more)), row.fault) << row.more;
}

TEST_F(CertificateRulesTest, ACertificateNamesSomethingAndItsIssuer) {
  EXPECT_EQ(Faults(R"("issuerRef":{"name":"noizy-ca"})"),
            "spec: Required value: at least one of commonName, dnsNames, ipAddresses, uris and "
            "emailAddresses\n");
  EXPECT_EQ(Faults(R"("commonName":"a","issuerRef":{"name":"other"})"),
            "spec.issuerRef.name: Invalid value: \"other\": the grid's own CA is noizy-ca; a CA in "
            "a Secret has kind: SecretCA\n");
  EXPECT_EQ(Faults(R"("commonName":"a","issuerRef":{"name":"s","kind":"SecretCA"})"),
            "spec.issuerRef.name: Invalid value: a certificate cannot sign itself; that is kind: "
            "SelfSigned\n");
}

}  // namespace
}  // namespace noizy::apiserver
