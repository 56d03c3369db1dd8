#include "cmd/noizy/grid_identity.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "machinery/client/kubeconfig.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy {
namespace {

constexpr Duration kDay = std::chrono::hours(24);
constexpr char kUrl[] = "https://127.0.0.1:6443";

class GridIdentityTest : public ::testing::Test {
 protected:
  GridIdentity Open() {
    Result<GridIdentity> identity = OpenGridIdentity(folder_.path(), {}, clock_);
    EXPECT_TRUE(identity.ok()) << identity.status().ToString();
    return identity.ok() ? *std::move(identity) : GridIdentity();
  }
  std::string Pki(const std::string& file) const { return folder_ / ("pki/" + file); }
  bool Serves(const GridIdentity& identity) const {
    return VerifyCertificate(identity.server.certificate_pem,
                             identity.authorities.current.certificate_pem, clock_.Now(),
                             "server auth")
        .ok();
  }
  static std::string Leaf(const GridIdentity& identity) {
    return SplitCertificates(identity.server.certificate_pem)->front();
  }
  // The administrator's certificate in the kubeconfig, renewed where it is due.
  std::string Admin(const GridIdentity& identity) {
    EXPECT_TRUE(WriteAdminKubeconfig(identity, folder_ / "kubeconfig", kUrl, clock_).ok());
    return LoadKubeconfig({folder_ / "kubeconfig"}, "")->http.tls.certificate_pem;
  }

  const ScratchFolder folder_;
  FakeClock clock_;
};

TEST_F(GridIdentityTest, AServersCertificateServesForTwoThirdsOfItsYear) {
  const GridIdentity first = Open();
  EXPECT_TRUE(Serves(first));
  clock_.Advance(243 * kDay);
  EXPECT_EQ(Leaf(Open()), Leaf(first));
  clock_.Advance(kDay);
  const GridIdentity next = Open();
  EXPECT_NE(Leaf(next), Leaf(first));
  EXPECT_NE(next.server.private_key_pem, first.server.private_key_pem);
  EXPECT_TRUE(Serves(next));
  EXPECT_EQ(next.authorities.current.certificate_pem, first.authorities.current.certificate_pem);
  EXPECT_EQ(Leaf(Open()), Leaf(next));  // what is on the disk is what is served
  struct stat facts = {};
  ASSERT_EQ(::stat(Pki("server.key").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
}

TEST_F(GridIdentityTest, AMachineThatSleptPastTheEndServesAtOnce) {
  const GridIdentity first = Open();
  clock_.Advance(900 * kDay);
  const GridIdentity woken = Open();
  EXPECT_NE(Leaf(woken), Leaf(first));
  EXPECT_TRUE(Serves(woken));
}

TEST_F(GridIdentityTest, TheIssuerIsRenewedAYearBeforeItsEnd) {
  const GridIdentity first = Open();
  clock_.Advance(2 * 365 * kDay - kDay);
  EXPECT_EQ(Open().issuer.certificate_pem, first.issuer.certificate_pem);
  clock_.Advance(kDay);
  const GridIdentity next = Open();
  EXPECT_NE(next.issuer.certificate_pem, first.issuer.certificate_pem);
  EXPECT_TRUE(
      CheckIssuedBy(next.issuer.certificate_pem, next.authorities.current.certificate_pem).ok());
}

// An intermediate of a company's lasts a year or two: the issuer ends with it, and is not made anew
// with each look at it, which would issue every Certificate anew.
TEST_F(GridIdentityTest, TheIssuerOfAShortLivedCaStays) {
  CertificateProfile profile = AuthorityProfile("company-ca", clock_);
  profile.not_after = clock_.Now() + 200 * kDay;
  const auto authority = CreateAuthority(profile, KeySpec{});
  ASSERT_TRUE(authority.ok() && MakeFolders(folder_ / "pki").ok());
  ASSERT_TRUE(SaveAuthority(Pki("ca"), *authority, "").ok());
  const GridIdentity first = Open();
  clock_.Advance(100 * kDay);
  EXPECT_EQ(Open().issuer.certificate_pem, first.issuer.certificate_pem);
}

TEST_F(GridIdentityTest, TheAdministratorsIsRenewedAMonthBeforeItsEnd) {
  const std::string first = Admin(Open());
  clock_.Advance(334 * kDay);
  EXPECT_EQ(Admin(Open()), first);
  clock_.Advance(kDay);
  EXPECT_NE(Admin(Open()), first);
}

TEST_F(GridIdentityTest, AnothersCertificateIsNotServed) {
  const GridIdentity first = Open();
  ScratchFolder other;
  const auto stranger = OpenGridIdentity(other.path(), {}, clock_);
  ASSERT_TRUE(stranger.ok());
  ASSERT_TRUE(WriteFileAtomically(Pki("server.crt"), stranger->server.certificate_pem).ok());
  const GridIdentity next = Open();
  EXPECT_NE(Leaf(next), Leaf(*stranger));
  EXPECT_TRUE(Serves(next));
}

TEST_F(GridIdentityTest, AKeyThatOthersMayReadIsRefused) {
  Open();
  ASSERT_EQ(::chmod(Pki("server.key").c_str(), 0644), 0);
  const auto refused = OpenGridIdentity(folder_.path(), {}, clock_);
  EXPECT_EQ(refused.status().reason(), StatusReason::kForbidden);
  EXPECT_NE(refused.status().message().find("server.key"), std::string::npos);
}

}  // namespace
}  // namespace noizy
