#include "doctor/folder_checks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "machinery/client/kubeconfig.h"
#include "machinery/pki/pki.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::doctor {
namespace {

using std::chrono::hours;

const WallTime kNow = WallTime(std::chrono::seconds(1'800'000'000));
constexpr Duration kDay = hours(24);

class FolderChecksTest : public testing::Test {
 protected:
  FolderChecksTest() {
    EXPECT_TRUE(MakeFolders(dir_ + "/pki").ok());
    ca_ = *CreateAuthority(Profile("ca", 3650 * kDay, true), KeySpec{});
    Write("pki/ca.crt", ca_.certificate_pem);
    Write("pki/ca.key", ca_.private_key_pem);
    WriteServer(ca_, 365 * kDay);
  }

  static CertificateProfile Profile(const std::string& name, Duration life, bool is_ca) {
    CertificateProfile profile;
    profile.subject.common_name = name;
    profile.not_before = kNow - hours(1);
    profile.not_after = kNow + life;
    profile.is_ca = is_ca;
    profile.path_length = -1;
    profile.usages =
        is_ca ? std::vector<std::string>{"cert sign"} : std::vector<std::string>{"server auth"};
    return profile;
  }
  void Write(const std::string& path, const std::string& text) {
    EXPECT_TRUE(WriteFileAtomically(dir_ + "/" + path, text).ok());
  }
  void WriteServer(const CertificateAuthority& ca, Duration life) {
    const std::string key = *PublicKeyOf(*GenerateKey(KeySpec{}));
    Write("pki/server.crt", *SignCertificate(ca, Profile("server", life, false), key));
  }
  void Expect(const Finding& finding, Verdict verdict, const std::string& part) {
    EXPECT_EQ(finding.verdict, verdict) << finding.says;
    EXPECT_NE(finding.says.find(part), std::string::npos) << finding.says;
  }

  ScratchFolder folder_;
  const std::string dir_ = folder_ / "data";
  CertificateAuthority ca_;
};

TEST_F(FolderChecksTest, WhatIsPrivateMustBe) {
  Expect(CheckModes(dir_), Verdict::kOk, "1 private files");
  std::filesystem::permissions(dir_ + "/pki/ca.key", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  Expect(CheckModes(dir_), Verdict::kFail, dir_ + "/pki/ca.key");
  EXPECT_NE(CheckModes(dir_).says.find("chmod"), std::string::npos) << "the mend";
  Expect(CheckModes(dir_ + "/missing"), Verdict::kFail, "missing");
}

TEST_F(FolderChecksTest, AnothersFilesAreSeen) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  ASSERT_EQ(::chown((dir_ + "/pki/ca.key").c_str(), 12345, 12345), 0);
  Expect(CheckModes(dir_), Verdict::kFail, "belongs to the user with id 12345");
}

TEST_F(FolderChecksTest, TheDiskIsLookedAt) {
  EXPECT_NE(CheckDisk(dir_).says.find("are free"), std::string::npos);
  Expect(CheckDisk(dir_ + "/missing"), Verdict::kFail, "missing");
}

TEST_F(FolderChecksTest, CertificatesThatLastAreFine) {
  Expect(CheckCertificates(dir_, kNow), Verdict::kOk, "ca.crt for 10y, server.crt for 365d");
}

TEST_F(FolderChecksTest, ExpiryIsToldBeforeAndAfter) {
  WriteServer(ca_, 3 * kDay);
  Expect(CheckCertificates(dir_, kNow), Verdict::kWarn, "server.crt expires in 3d");
  Expect(CheckCertificates(dir_, kNow + 4 * kDay), Verdict::kFail, "server.crt expired");
  Expect(CheckCertificates(dir_, kNow - kDay), Verdict::kFail, "not valid yet");
}

TEST_F(FolderChecksTest, AChainThatDoesNotHoldIsSeen) {
  const auto other = CreateAuthority(Profile("ca", 3650 * kDay, true), KeySpec{});
  WriteServer(*other, 365 * kDay);
  Expect(CheckCertificates(dir_, kNow), Verdict::kFail, "server.crt does not chain to ca.crt");
  WriteServer(ca_, 365 * kDay);
  const std::string key = *PublicKeyOf(*GenerateKey(KeySpec{}));
  Write("pki/issuer.crt", *SignCertificate(*other, Profile("issuer", 365 * kDay, true), key));
  Expect(CheckCertificates(dir_, kNow), Verdict::kFail, "issuer.crt does not chain to ca.crt");
}

TEST_F(FolderChecksTest, TheAdministratorsCertificateIsLookedAt) {
  TlsIdentity admin;
  admin.private_key_pem = *GenerateKey(KeySpec{});
  admin.certificate_pem = *SignCertificate(ca_, Profile("noizy-admin", 5 * kDay, false),
                                           *PublicKeyOf(admin.private_key_pem));
  admin.ca_pem = ca_.certificate_pem;
  ASSERT_TRUE(WriteKubeconfig(dir_ + "/kubeconfig", "noizy", "https://127.0.0.1:6443", admin).ok());
  Expect(CheckCertificates(dir_, kNow), Verdict::kWarn, "kubeconfig expires in 5d");
  Write("kubeconfig", "hello: [");
  Expect(CheckCertificates(dir_, kNow), Verdict::kFail, "kubeconfig");
}

TEST_F(FolderChecksTest, ABrokenOrMissingCertificateIsSeen) {
  Write("pki/server.crt", "hello");
  Expect(CheckCertificates(dir_, kNow), Verdict::kFail, "server.crt: ");
  ASSERT_TRUE(RemoveTree(dir_ + "/pki").ok());
  Expect(CheckCertificates(dir_, kNow), Verdict::kFail, "holds none");
}

}  // namespace
}  // namespace noizy::doctor
