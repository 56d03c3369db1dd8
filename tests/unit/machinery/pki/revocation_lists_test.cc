#include "tests/unit/machinery/pki/pki_fixture.h"

namespace noizy {
namespace {

using RevocationListsTest = PkiTest;

RevocationList ListOf(std::vector<RevokedCertificate> revoked) {
  RevocationList list;
  list.number = 7;
  list.this_update = kStart;
  list.next_update = kStart + std::chrono::hours(24 * 7);
  list.revoked = std::move(revoked);
  return list;
}

TEST_F(RevocationListsTest, OpensslRefusesWhatIsOnTheListAndNothingElse) {
  const CertificateAuthority authority = NewAuthority();
  const std::string good = NewLeaf(authority, LeafProfile());
  const std::string bad = NewLeaf(authority, LeafProfile());
  const std::string crl = Get(CreateRevocationList(
      authority, ListOf({{Get(ParseCertificate(bad)).serial, kStart + std::chrono::minutes(1)}})));
  const auto verify = [&](const std::string& leaf) {
    return Shell("openssl verify -crl_check -x509_strict -attime 1767226000 -CAfile " +
                 Write("ca.pem", authority.certificate_pem) + " -CRLfile " + Write("crl.pem", crl) +
                 " " + Write("leaf.pem", leaf));
  };
  EXPECT_EQ(verify(good), "0\n" + Write("leaf.pem", "") + ": OK\n");
  EXPECT_NE(verify(bad).find("certificate revoked"), std::string::npos);
}

TEST_F(RevocationListsTest, AListComesBackAsItWasMade) {
  const CertificateAuthority authority = NewAuthority();
  const RevocationList made = ListOf({{"2a", kStart}, {"7f00", kStart + std::chrono::hours(1)}});
  const std::string pem = Get(CreateRevocationList(authority, made));
  const RevocationList read = Get(ReadRevocationList(pem, authority.certificate_pem));
  EXPECT_EQ(read.issuer_common_name, "noizy-ca");
  EXPECT_EQ(read.number, 7);
  EXPECT_EQ(read.this_update, made.this_update);
  EXPECT_EQ(read.next_update, made.next_update);
  EXPECT_EQ(read.revoked, made.revoked);
  EXPECT_EQ(ReadRevocationList(pem, NewAuthority().certificate_pem).status().reason(),
            StatusReason::kUnauthorized);
  EXPECT_EQ(ReadRevocationList("x", authority.certificate_pem).status().reason(),
            StatusReason::kBadRequest);
}

TEST_F(RevocationListsTest, SerialsAreHexadecimal) {
  for (const char* serial : {"", "xyz", "12 34"}) {
    EXPECT_EQ(CreateRevocationList(NewAuthority(), ListOf({{serial, kStart}})).status().reason(),
              StatusReason::kBadRequest)
        << serial;
  }
}

}  // namespace
}  // namespace noizy
