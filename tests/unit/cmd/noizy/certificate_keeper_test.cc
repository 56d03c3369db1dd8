#include "cmd/noizy/certificate_keeper.h"

#include <gtest/gtest.h>

#include <set>

#include "cmd/noizy/grid_identity.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

class CertificateKeeperTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  FakeExecutor executor_{clock_};
};

TEST_F(CertificateKeeperTest, AFailureIsTriedAgain) {
  int looks = 0;
  CertificateKeeper keeper(
      executor_, [&] { return ++looks == 1 ? Unavailable("the disk is full") : Status::Ok(); });
  keeper.Start();
  executor_.Advance(kCertificatesInterval - std::chrono::seconds(1));
  EXPECT_EQ(looks, 0);
  executor_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(looks, 1);
  executor_.Advance(2 * kCertificatesInterval);
  EXPECT_EQ(looks, 3);
}

// From hours before the servers' certificate is due to hours after it: it is renewed once, as
// soon as less than a third of its life is left, and what is served verifies at every look.
TEST_F(CertificateKeeperTest, TheServersCertificateNeverComesNearItsEnd) {
  const ScratchFolder folder;
  const auto open = [&] { return OpenGridIdentity(folder.path(), {}, clock_); };
  const auto first = open();
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  std::set<std::string> served = {first->server.certificate_pem};
  CertificateKeeper keeper(executor_, [&]() -> Status {
    NOIZY_ASSIGN_OR_RETURN(const GridIdentity now, open());
    served.insert(now.server.certificate_pem);
    EXPECT_TRUE(VerifyCertificate(now.server.certificate_pem,
                                  first->authorities.current.certificate_pem, clock_.Now(),
                                  "server auth")
                    .ok());
    const auto parsed = ParseCertificate(now.server.certificate_pem);
    EXPECT_GT(parsed->not_after - clock_.Now(), 121 * kDay);
    return Status::Ok();
  });
  clock_.Advance(243 * kDay);
  keeper.Start();
  executor_.Advance(std::chrono::hours(6));
  EXPECT_EQ(served.size(), 1U);
  executor_.Advance(std::chrono::hours(6));
  EXPECT_EQ(served.size(), 2U);
}

}  // namespace
}  // namespace noizy
