// What the folder's tests share: times, profiles, and the openssl command as a second opinion.
#pragma once

#include <gtest/gtest.h>
#include <stdio.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "machinery/pki/pki.h"

namespace noizy {

/// The value of a Result that must be Ok.
template <typename T>
T Get(Result<T> result) {
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return result.ok() ? *std::move(result) : T{};
}

/// 2026-01-01T00:00:00Z.
inline constexpr WallTime kStart{std::chrono::seconds(1767225600)};

inline CertificateProfile AuthorityProfile(std::string name = "noizy-ca") {
  CertificateProfile profile;
  profile.subject.common_name = std::move(name);
  profile.not_before = kStart;
  profile.not_after = kStart + std::chrono::hours(24 * 365);
  profile.is_ca = true;
  profile.usages = {"digital signature", "cert sign", "crl sign"};
  return profile;
}

inline CertificateProfile LeafProfile() {
  CertificateProfile profile;
  profile.subject.common_name = "system:node:hp-omen";
  profile.subject.organizations = {"system:nodes"};
  profile.not_before = kStart;
  profile.not_after = kStart + std::chrono::hours(24);
  profile.usages = {"digital signature", "client auth"};
  return profile;
}

/// A CA of a P-256 key.
inline CertificateAuthority NewAuthority(std::string name = "noizy-ca") {
  return Get(CreateAuthority(AuthorityProfile(std::move(name)), KeySpec{}));
}

/// A leaf over a new P-256 key.
inline std::string NewLeaf(const CertificateAuthority& authority,
                           const CertificateProfile& profile) {
  return Get(SignCertificate(authority, profile, Get(PublicKeyOf(Get(GenerateKey(KeySpec{}))))));
}

/// A directory of its own that goes away with the test.
class PkiTest : public testing::Test {
 protected:
  PkiTest() {
    std::string name = (std::filesystem::temp_directory_path() / "noizy_pki_XXXXXX").string();
    directory_ = mkdtemp(name.data());
  }
  ~PkiTest() override { std::filesystem::remove_all(directory_); }

  /// Writes a file and returns its path.
  std::string Write(const std::string& name, std::string_view text) const {
    const std::string path = directory_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  /// What a shell command printed, stderr included; its exit code comes first: "0\n…".
  static std::string Shell(const std::string& command) {
    std::string output;
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");  // NOLINT(cert-env33-c)
    std::array<char, 4096> buffer{};
    while (const size_t size = fread(buffer.data(), 1, buffer.size(), pipe)) {
      output.append(buffer.data(), size);
    }
    return std::to_string(WEXITSTATUS(pclose(pipe))) + "\n" + output;
  }

 private:
  std::filesystem::path directory_;
};

}  // namespace noizy
