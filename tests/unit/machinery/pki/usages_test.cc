#include "machinery/pki/usages.h"

#include "tests/unit/machinery/pki/pki_fixture.h"

namespace noizy {
namespace {

std::vector<std::string> RoundTrip(const std::vector<std::string>& names) {
  const openssl::X509Handle certificate(X509_new());
  EXPECT_TRUE(WriteUsages(Get(ParseUsages(names)), certificate.get()).ok());
  return ReadUsages(certificate.get());
}

TEST(Usages, EveryKubernetesNameComesBack) {
  const std::vector<std::string> all = {"digital signature",
                                        "content commitment",
                                        "key encipherment",
                                        "data encipherment",
                                        "key agreement",
                                        "cert sign",
                                        "crl sign",
                                        "encipher only",
                                        "decipher only",
                                        "server auth",
                                        "client auth",
                                        "code signing",
                                        "email protection",
                                        "timestamping",
                                        "ocsp signing",
                                        "ipsec end system",
                                        "ipsec tunnel",
                                        "ipsec user",
                                        "any",
                                        "microsoft sgc",
                                        "netscape sgc"};
  EXPECT_EQ(RoundTrip(all), all);
}

TEST(Usages, EachNameStandsForItselfAlone) {
  for (const std::string name :
       {"digital signature", "key agreement", "decipher only", "client auth"}) {
    EXPECT_EQ(RoundTrip({name}), std::vector<std::string>{name});
  }
}

TEST(Usages, AliasesAndDuplicatesMeanTheSame) {
  EXPECT_EQ(RoundTrip({"signing", "digital signature"}),
            std::vector<std::string>{"digital signature"});
  EXPECT_EQ(RoundTrip({"s/mime", "email protection"}),
            std::vector<std::string>{"email protection"});
}

TEST(Usages, NothingIsNoExtension) {
  const openssl::X509Handle certificate(X509_new());
  ASSERT_TRUE(WriteUsages(UsageBits{}, certificate.get()).ok());
  EXPECT_EQ(X509_get_ext_count(certificate.get()), 0);
  EXPECT_TRUE(ReadUsages(certificate.get()).empty());
}

TEST(Usages, UnknownNamesAreQuoted) {
  EXPECT_NE(ParseUsages({"client auth", "Client Auth"}).status().message().find("\"Client Auth\""),
            std::string::npos);
}

TEST(Usages, OnlyTlsPurposesAreVerifiedFor) {
  EXPECT_EQ(Get(PurposeOf("client auth")), X509_PURPOSE_SSL_CLIENT);
  EXPECT_EQ(Get(PurposeOf("server auth")), X509_PURPOSE_SSL_SERVER);
  EXPECT_EQ(PurposeOf("code signing").status().reason(), StatusReason::kBadRequest);
}

}  // namespace
}  // namespace noizy
