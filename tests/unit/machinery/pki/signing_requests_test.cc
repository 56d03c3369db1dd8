#include "tests/unit/machinery/pki/pki_fixture.h"

namespace noizy {
namespace {

using SigningRequestsTest = PkiTest;

CertificateSubject FullSubject() {
  CertificateSubject subject;
  subject.common_name = "M2-Ultra";
  subject.organizations = {"Noizyfish", "Zweite Ö"};
  subject.countries = {"US"};
  subject.provinces = {"CA"};
  subject.localities = {"SanFrancisco"};
  subject.dns_names = {"m2-ultra", "*.noizy.local"};
  subject.ip_addresses = {"192.168.1.20", "fe80::1"};
  subject.uris = {"spiffe://noizy/node/a"};
  subject.email_addresses = {"ops@noizy.dev"};
  return subject;
}

std::string NewRequest(const CertificateSubject& subject, KeySpec key = {}) {
  return Get(CreateSigningRequest(subject, Get(GenerateKey(key))));
}

TEST_F(SigningRequestsTest, OpensslVerifiesTheRequestAndSeesEveryName) {
  const std::string text =
      Shell("openssl req -verify -noout -text -nameopt utf8,sep_comma_plus -in " +
            Write("a.csr", NewRequest(FullSubject())));
  EXPECT_TRUE(text.starts_with("0\n")) << text;
  for (const char* part :
       {"self-signature verify OK", "C=US,ST=CA,L=SanFrancisco,O=Noizyfish,O=Zweite Ö,CN=M2-Ultra",
        "DNS:m2-ultra, DNS:*.noizy.local", "IP Address:192.168.1.20",
        "IP Address:FE80:0:0:0:0:0:0:1", "URI:spiffe://noizy/node/a", "email:ops@noizy.dev"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST_F(SigningRequestsTest, WhatWasWrittenIsReadBack) {
  for (const KeySpec& key : {KeySpec{KeyAlgorithm::kEcdsa, 384}, KeySpec{KeyAlgorithm::kRsa, 2048},
                             KeySpec{KeyAlgorithm::kEd25519, 0}}) {
    const SigningRequest request = Get(ParseSigningRequest(NewRequest(FullSubject(), key)));
    const CertificateSubject want = FullSubject();
    EXPECT_EQ(request.key.algorithm, key.algorithm);
    EXPECT_EQ(request.subject.common_name, want.common_name);
    EXPECT_EQ(request.subject.organizations, want.organizations);
    EXPECT_EQ(request.subject.countries, want.countries);
    EXPECT_EQ(request.subject.provinces, want.provinces);
    EXPECT_EQ(request.subject.localities, want.localities);
    EXPECT_EQ(request.subject.dns_names, want.dns_names);
    EXPECT_EQ(request.subject.ip_addresses, want.ip_addresses);
    EXPECT_EQ(request.subject.uris, want.uris);
    EXPECT_EQ(request.subject.email_addresses, want.email_addresses);
  }
}

TEST_F(SigningRequestsTest, ThePublicKeyIsTheSignersOwn) {
  const std::string key = Get(GenerateKey(KeySpec{}));
  const SigningRequest request = Get(ParseSigningRequest(Get(CreateSigningRequest({}, key))));
  EXPECT_EQ(request.public_key_der, Get(PublicKeyOf(key)));
}

TEST_F(SigningRequestsTest, EveryFlippedByteOfTheBodyIsRefused) {
  const std::string path = Write("a.csr", NewRequest(FullSubject()));
  const std::string der = Shell("openssl req -outform DER -in " + path).substr(2);
  int refused = 0;
  for (std::size_t i = 0; i < der.size(); i += 7) {
    std::string tampered = der;
    tampered[i] = static_cast<char>(tampered[i] ^ 0x01);
    const std::string pem = "-----BEGIN CERTIFICATE REQUEST-----\n" +
                            Shell("base64 " + Write("t.der", tampered)).substr(2) +
                            "-----END CERTIFICATE REQUEST-----\n";
    const auto parsed = ParseSigningRequest(pem);
    EXPECT_FALSE(parsed.ok()) << "byte " << i;
    EXPECT_EQ(parsed.status().reason(), StatusReason::kBadRequest);
    ++refused;
  }
  EXPECT_GT(refused, 40);
}

TEST_F(SigningRequestsTest, ASignatureByAnotherKeyIsSaidToBeThat) {
  // The same key with another subject, signed before: swap the signature by splicing two requests
  // of one length.
  const std::string key = Get(GenerateKey({KeyAlgorithm::kEd25519, 0}));
  CertificateSubject a, b;
  a.common_name = "aaaa";
  b.common_name = "bbbb";
  const auto der_of = [&](const CertificateSubject& subject) {
    const std::string path = Write("x.csr", Get(CreateSigningRequest(subject, key)));
    return Shell("openssl req -outform DER -in " + path).substr(2);
  };
  const std::string der_a = der_of(a), der_b = der_of(b);
  ASSERT_EQ(der_a.size(), der_b.size());
  constexpr std::size_t kSignature = 64;
  const std::string spliced =
      der_a.substr(0, der_a.size() - kSignature) + der_b.substr(der_b.size() - kSignature);
  const std::string pem = Shell("openssl req -inform DER -in " + Write("s.der", spliced)).substr(2);
  EXPECT_EQ(ParseSigningRequest(pem).status().message(),
            "the signing request's signature is not by its own key");
}

TEST_F(SigningRequestsTest, WeakKeysAndOversizedTextsAreRefused) {
  const std::string weak =
      Shell("openssl req -new -newkey rsa:1024 -nodes -keyout /dev/null -subj /CN=a 2>/dev/null")
          .substr(2);
  EXPECT_NE(ParseSigningRequest(weak).status().message().find("2048 to 8192 bits, not 1024"),
            std::string::npos);
  EXPECT_EQ(ParseSigningRequest(std::string(70'000, 'A')).status().message(),
            "a signing request has at most 64 KiB");
  EXPECT_EQ(ParseSigningRequest("").status().reason(), StatusReason::kBadRequest);
}

TEST_F(SigningRequestsTest, NamesThatTwoReadersCouldUnderstandDifferentlyAreRefused) {
  const std::string key = Get(GenerateKey(KeySpec{}));
  const auto message = [&](auto change) {
    CertificateSubject subject;
    change(subject);
    return CreateSigningRequest(subject, key).status().message();
  };
  EXPECT_EQ(message([](auto& s) { s.dns_names = {"a b"}; }), "\"a b\" is not a valid DNS name");
  EXPECT_EQ(message([](auto& s) { s.dns_names = {""}; }), "\"\" is not a valid DNS name");
  EXPECT_NE(message([](auto& s) { s.dns_names = {std::string("good\0.evil", 10)}; }), "");
  EXPECT_EQ(message([](auto& s) { s.ip_addresses = {"1.2.3"}; }),
            "\"1.2.3\" is not a valid IP address");
  EXPECT_NE(message([](auto& s) { s.ip_addresses = {std::string("1.2.3.4\0x", 9)}; }), "");
  EXPECT_EQ(message([](auto& s) { s.uris = {"nocolon"}; }), "\"nocolon\" is not a valid URI");
  EXPECT_EQ(message([](auto& s) { s.email_addresses = {"a"}; }),
            "\"a\" is not a valid email address");
  EXPECT_NE(message([](auto& s) { s.common_name = std::string(65, 'x'); }).find("string too long"),
            std::string::npos);
  EXPECT_NE(message([](auto& s) { s.countries = {"USA"}; }).find("countryName \"USA\" is invalid"),
            std::string::npos);
}

TEST_F(SigningRequestsTest, WhoWantsToSignSaysSo) {
  const std::string key = Get(GenerateKey(KeySpec{}));
  CertificateSubject subject;
  subject.common_name = "ca";
  const std::string wish = Get(CreateSigningRequest(subject, key, CertificateRole::kAuthority));
  EXPECT_EQ(Get(ParseSigningRequest(wish)).role, CertificateRole::kAuthority);
  EXPECT_NE(Shell("openssl req -noout -text -in " + Write("r.csr", wish)).find("CA:TRUE"),
            std::string::npos);
  EXPECT_EQ(Get(ParseSigningRequest(Get(CreateSigningRequest(subject, key)))).role,
            CertificateRole::kLeaf);
}

TEST_F(SigningRequestsTest, NamesOfUnknownKindsAreNotOverlooked) {
  const std::string request =
      Shell(
          "openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=a -addext "
          "'subjectAltName=DNS:a,RID:1.2.3.4' 2>/dev/null")
          .substr(2);
  EXPECT_TRUE(Get(ParseSigningRequest(request)).has_other_names);
}

TEST_F(SigningRequestsTest, EveryPartOfASubjectComesBack) {
  CertificateSubject subject;
  subject.common_name = "M2-Ultra";
  subject.organizations = {"Noizyfish"};
  subject.organizational_units = {"Grid", "Mac"};
  subject.countries = {"US"};
  subject.provinces = {"CA"};
  subject.localities = {"SanFrancisco"};
  subject.street_addresses = {"1 Main Street"};
  subject.postal_codes = {"94105"};
  subject.serial_number = "42";
  subject.dns_names = {"m2-ultra"};
  subject.ip_addresses = {"192.168.1.20", "fe80::1"};
  subject.uris = {"spiffe://noizy/m2"};
  subject.email_addresses = {"root@noizy.dev"};
  EXPECT_EQ(
      Get(ParseSigningRequest(Get(CreateSigningRequest(subject, Get(GenerateKey(KeySpec{}))))))
          .subject,
      subject);
  EXPECT_EQ(CanonicalIpAddress("FE80:0:0:0:0:0:0:1"), "fe80::1");
  EXPECT_TRUE(IsIpAddress("::1"));
  EXPECT_FALSE(IsIpAddress("1.2.3"));
}

}  // namespace
}  // namespace noizy
