#include "controllers/certificate/wanted.h"

#include "tests/unit/controllers/certificate/certificate_fixture.h"

namespace noizy::certificate {
namespace {

using std::chrono::hours;

TEST(Wanted, IsTheSpecInThePkisWords) {
  Certificate certificate = NewCertificate();
  certificate.spec.subject.emplace();
  certificate.spec.subject->organizations = {"Noizyfish"};
  const Wanted wanted = Get(WantedOf(certificate.spec));
  EXPECT_EQ(wanted.subject.common_name, "web");
  EXPECT_EQ(wanted.subject.organizations, std::vector<std::string>{"Noizyfish"});
  EXPECT_EQ(wanted.subject.ip_addresses, std::vector<std::string>{"fe80::1"});
  EXPECT_EQ(wanted.usages,
            (std::vector<std::string>{"digital signature", "key encipherment", "server auth"}));
  EXPECT_EQ(wanted.duration, hours(10));
  EXPECT_EQ(wanted.role, CertificateRole::kLeaf);
}

TEST(Wanted, KeysHaveTheirDefaultSizes) {
  CertificateSpec spec = NewCertificate().spec;
  spec.private_key.algorithm = "RSA";
  EXPECT_EQ(Get(WantedOf(spec)).key.size, 2048);
  spec.private_key.size = 4096;
  EXPECT_EQ(Get(WantedOf(spec)).key.size, 4096);
  spec.private_key = {"ECDSA", {}, "Always"};
  EXPECT_EQ(Get(WantedOf(spec)).key.size, 256);
  spec.private_key.algorithm = "DSA";
  EXPECT_FALSE(WantedOf(spec).ok());
}

TEST(Wanted, AnAuthorityMaySign) {
  CertificateSpec spec = NewCertificate().spec;
  spec.is_ca = true;
  EXPECT_EQ(Get(WantedOf(spec)).role, CertificateRole::kAuthority);
  EXPECT_TRUE(SameUsages(Get(WantedOf(spec)).usages, {"crl sign", "cert sign", "signing"}));
  spec.usages = {"digital signature"};
  EXPECT_TRUE(SameUsages(Get(WantedOf(spec)).usages, {"cert sign", "digital signature"}));
}

// How long before the end of a life of 100 hours, without its jitter at most.
hours Before(const CertificateSpec& spec, const std::string& serial = "1") {
  const WallTime end = kStart + hours(100);
  return std::chrono::floor<hours>(end - RenewalTimeOf(spec, kStart, end, serial));
}

TEST(Wanted, ItIsRenewedInGoodTimeAndNotWithTheOthers) {
  CertificateSpec spec = NewCertificate().spec;
  EXPECT_GE(Before(spec), hours(33));
  EXPECT_LE(Before(spec), hours(43));
  spec.renew_before_percentage = 20;
  EXPECT_GE(Before(spec), hours(20));
  EXPECT_LE(Before(spec), hours(30));
  spec.renew_before_percentage.reset();
  spec.renew_before = "50h";
  EXPECT_GE(Before(spec), hours(50));
  EXPECT_LE(Before(spec), hours(60));
  spec.renew_before = "99h";
  EXPECT_LE(Before(spec), hours(99) + hours(1));
  spec.renew_before = "200h";  // longer than it was issued for: the usual third
  EXPECT_LE(Before(spec), hours(43));
  std::set<WallTime> times;
  for (int i = 0; i < 100; ++i)
    times.insert(RenewalTimeOf(spec, kStart, kStart + hours(100), std::to_string(i)));
  EXPECT_GT(times.size(), 95U);
}

}  // namespace
}  // namespace noizy::certificate
