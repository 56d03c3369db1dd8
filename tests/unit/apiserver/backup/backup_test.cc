#include "apiserver/backup/backup.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

constexpr char kPassphrase[] = "open sesame";

BackupContent Content() {
  BackupContent content;
  content.manifest = {"1.2.3", WallTime(std::chrono::seconds(1'800'000'000)), "uid", 42, 7};
  content.database = std::string("sqlite\0bytes", 12);
  content.keys = std::vector{TarFile{"secrets.key", "the keys"}, TarFile{"pki/ca.key", "private"}};
  return content;
}

void ExpectRefused(const std::string& archive, const std::string& part) {
  const Status refused = UnpackBackup(archive, kPassphrase).status();
  EXPECT_NE(refused.message().find(part), std::string::npos) << refused.message();
}

TEST(BackupTest, UnpacksWhatItPacked) {
  const auto archive = PackBackup(Content(), kPassphrase);
  ASSERT_TRUE(archive.ok()) << archive.status().ToString();
  for (const char* secret : {"the keys", "private", "secrets.key"})
    EXPECT_EQ(archive->find(secret), std::string::npos) << secret;
  const auto content = UnpackBackup(*archive, kPassphrase);
  ASSERT_TRUE(content.ok()) << content.status().ToString();
  EXPECT_EQ(content->database, Content().database);
  EXPECT_EQ(content->keys, Content().keys);
  EXPECT_EQ(content->manifest.revision, 42);
  EXPECT_EQ(content->manifest.cluster_uid, "uid");
  EXPECT_EQ(content->manifest.noizy_version, "1.2.3");
  EXPECT_EQ(content->manifest.created, Content().manifest.created);
}

TEST(BackupTest, KeysMayBeLeftOutAndAreNeverInClear) {
  BackupContent content = Content();
  EXPECT_FALSE(PackBackup(content, "").ok());
  content.keys.reset();
  const auto archive = PackBackup(content, "");
  ASSERT_TRUE(archive.ok());
  EXPECT_FALSE(UnpackBackup(*archive, "")->keys);
}

TEST(BackupTest, TheKeysTakeTheirPassphrase) {
  const std::string archive = *PackBackup(Content(), kPassphrase);
  for (const char* wrong : {"", "open wheat"})
    EXPECT_EQ(UnpackBackup(archive, wrong).status().reason(), StatusReason::kUnauthorized) << wrong;
}

TEST(BackupTest, AChangedByteOfAnyFileIsSeen) {
  const std::string archive = *PackBackup(Content(), kPassphrase);
  for (const char* part : {"sqlite", "\"revision\":42"}) {
    std::string damaged = archive;
    damaged[damaged.find(part) + 1] ^= 1;
    EXPECT_FALSE(UnpackBackup(damaged, kPassphrase).ok()) << part;
  }
}

TEST(BackupTest, KeysDoNotOpenBesideAnotherDatabase) {
  const std::string archive = *PackBackup(Content(), kPassphrase);
  BackupContent other = Content();
  other.database = "another";
  auto files = *ReadTar(*PackBackup(other, kPassphrase));
  const auto ours = *ReadTar(archive);
  // The other's database and manifest with our keys, the manifest made to fit.
  const Value mine = *ParseJson(ours[0].content);
  Value manifest = *ParseJson(files[0].content);
  Find(manifest, {"files"})->get_array()[1] = Find(mine, {"files"})->get_array()[1];
  Set(manifest, {"salt"}, *Find(mine, {"salt"}));
  files[0].content = ToJson(manifest);
  files[2] = ours[2];
  ExpectRefused(*WriteTar(files), "does not open the backup's keys");
}

TEST(BackupTest, NothingButKeysComesOutOfTheKeys) {
  for (const char* path : {"../evil", "pki/../../evil", "/etc/passwd", "store/noizy.db", "pki"}) {
    BackupContent content = Content();
    content.keys = std::vector{TarFile{path, "x"}};
    ExpectRefused(*PackBackup(content, kPassphrase), "a file that is none of them");
  }
}

TEST(BackupTest, WhatIsNoBackupIsRefused) {
  ExpectRefused("hello", "cut short");
  ExpectRefused(*WriteTar({TarFile{"a", "b"}}), "no backup");
  ExpectRefused(*WriteTar({TarFile{"manifest.json", R"({"format":"noizy-backup/9"})"},
                           TarFile{"store/noizy.db", ""}}),
                "noizy-backup/9");
  auto files = *ReadTar(*PackBackup(Content(), kPassphrase));
  files.push_back({"more", ""});
  ExpectRefused(*WriteTar(files), "does not hold the files");
}

TEST(BackupTest, KeyFilesAreThePrivateOnesAlone) {
  const ScratchFolder folder;
  for (const char* path : {"pki/ca.key", "pki/old/ca.key", "agent/identity/node.key",
                           "agent/tasks/output", "logs/a", "secrets.key", "kubeconfig", "other"}) {
    const std::string file = folder / path;
    ASSERT_TRUE(MakeFolders(file.substr(0, file.rfind('/'))).ok());
    ASSERT_TRUE(WriteFileAtomically(file, path).ok());
  }
  std::vector<std::string> names;
  const auto files = ReadKeyFiles(folder.path());
  ASSERT_TRUE(files.ok()) << files.status().ToString();
  for (const TarFile& file : *files) {
    names.push_back(file.name);
    EXPECT_EQ(file.content, file.name);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"pki/ca.key", "pki/old/ca.key", "agent/identity/node.key",
                                      "secrets.key", "kubeconfig"}));
}

}  // namespace
}  // namespace noizy::apiserver
