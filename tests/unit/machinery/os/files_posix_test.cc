#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "machinery/os/files.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy {
namespace {

unsigned ModeOf(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 0777U : 0;
}

TEST(FilesTest, WritesWholeAndPrivate) {
  const ScratchFolder scratch;
  ASSERT_TRUE(WriteFileAtomically(scratch / "a", "one").ok());
  ASSERT_TRUE(WriteFileAtomically(scratch / "a", "two", Durability::kAtomic).ok());
  EXPECT_EQ(ReadFile(scratch / "a").ValueOr(""), "two");
  EXPECT_EQ(ModeOf(scratch / "a"), kPrivateFileMode);
  EXPECT_EQ(ListFolder(scratch.path()).ValueOr({}), std::vector<std::string>{"a"});
}

TEST(FilesTest, FailedWriteLeavesTheOldContentAndNoTemporary) {
  const ScratchFolder scratch;
  ASSERT_TRUE(MakeFolders(scratch / "folder/inner").ok());
  // rename() does not replace a folder that is not empty by a file.
  EXPECT_FALSE(WriteFileAtomically(scratch / "folder", "x").ok());
  EXPECT_EQ(ListFolder(scratch.path()).ValueOr({}), std::vector<std::string>{"folder"});
}

// A reader never sees a torn file, however often it is replaced.
TEST(FilesTest, ReadersSeeTheOldOrTheNew) {
  const ScratchFolder scratch;
  const std::string a(100'000, 'a');
  const std::string b(100'000, 'b');
  ASSERT_TRUE(WriteFileAtomically(scratch / "f", a, Durability::kAtomic).ok());
  std::thread writer([&] {
    for (int i = 0; i < 100; ++i) {
      (void)WriteFileAtomically(scratch / "f", i % 2 == 0 ? b : a, Durability::kAtomic);
    }
  });
  for (int i = 0; i < 100; ++i) {
    const std::string seen = ReadFile(scratch / "f").ValueOr("");
    EXPECT_TRUE(seen == a || seen == b);
  }
  writer.join();
}

TEST(FilesTest, ReadRefusesWhatIsMissingOrTooLarge) {
  const ScratchFolder scratch;
  const auto missing = ReadFile(scratch / "none");
  EXPECT_EQ(missing.status().reason(), StatusReason::kNotFound);
  EXPECT_NE(missing.status().message().find("none"), std::string::npos);
  ASSERT_TRUE(WriteFileAtomically(scratch / "big", std::string(100, 'x')).ok());
  EXPECT_EQ(ReadFile(scratch / "big", 99).status().reason(), StatusReason::kRequestEntityTooLarge);
  EXPECT_TRUE(ReadFile(scratch / "big", 100).ok());
}

TEST(FilesTest, ReadsAPiece) {
  const ScratchFolder scratch;
  ASSERT_TRUE(WriteFileAtomically(scratch / "f", "0123456789").ok());
  EXPECT_EQ(ReadFileAt(scratch / "f", 0, 4).ValueOr("-"), "0123");
  EXPECT_EQ(ReadFileAt(scratch / "f", 8, 4).ValueOr("-"), "89");
  EXPECT_EQ(ReadFileAt(scratch / "f", 20, 4).ValueOr("-"), "");
  EXPECT_EQ(ReadFileAt(scratch / "none", 0, 4).status().reason(), StatusReason::kNotFound);
}

TEST(FilesTest, MakesFoldersDeepAndPrivate) {
  const ScratchFolder scratch;
  ASSERT_TRUE(MakeFolders(scratch / "a/b/c").ok());
  EXPECT_TRUE(MakeFolders(scratch / "a/b/c").ok());
  EXPECT_EQ(ModeOf(scratch / "a/b/c"), kPrivateFolderMode);
  ASSERT_TRUE(WriteFileAtomically(scratch / "file", "").ok());
  EXPECT_FALSE(MakeFolders(scratch / "file").ok());
  EXPECT_FALSE(MakeFolders(scratch / "file/below").ok());
}

TEST(FilesTest, RemovesTreesWithoutFollowingLinks) {
  const ScratchFolder scratch;
  ASSERT_TRUE(MakeFolders(scratch / "tree/deep").ok());
  ASSERT_TRUE(WriteFileAtomically(scratch / "kept", "x").ok());
  ASSERT_EQ(::symlink((scratch / "kept").c_str(), (scratch / "tree/link").c_str()), 0);
  ASSERT_TRUE(RemoveTree(scratch / "tree").ok());
  EXPECT_TRUE(RemoveTree(scratch / "tree").ok());
  EXPECT_FALSE(FileExists(scratch / "tree"));
  EXPECT_TRUE(FileExists(scratch / "kept"));
}

TEST(FilesTest, RenameMovesAndReports) {
  const ScratchFolder scratch;
  ASSERT_TRUE(WriteFileAtomically(scratch / "a", "x").ok());
  EXPECT_TRUE(RenameFile(scratch / "a", scratch / "b").ok());
  EXPECT_EQ(RenameFile(scratch / "a", scratch / "b").reason(), StatusReason::kNotFound);
}

TEST(FilesTest, RequirePrivateNamesTheMend) {
  const ScratchFolder scratch;
  ASSERT_TRUE(WriteFileAtomically(scratch / "key", "x", Durability::kAtomic, 0640).ok());
  const Status lax = RequirePrivate(scratch / "key");
  EXPECT_EQ(lax.reason(), StatusReason::kForbidden);
  EXPECT_NE(lax.message().find("chmod go="), std::string::npos);
  ASSERT_EQ(::chmod((scratch / "key").c_str(), 0600), 0);
  EXPECT_TRUE(RequirePrivate(scratch / "key").ok());
}

TEST(FileLockTest, OneHolderAndAnInheritedDescriptorKeepsIt) {
  const ScratchFolder scratch;
  auto lock = FileLock::TryAcquire(scratch / "lock");
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(FileLock::TryAcquire(scratch / "lock").status().reason(), StatusReason::kConflict);
  // As a child would have it.
  UniqueFd inherited(::fcntl(lock->fd(), F_DUPFD_CLOEXEC, 0));
  { const FileLock dropped = *std::move(lock); }
  EXPECT_EQ(FileLock::TryAcquire(scratch / "lock").status().reason(), StatusReason::kConflict);
  inherited.Reset();
  EXPECT_TRUE(FileLock::TryAcquire(scratch / "lock").ok());
}

TEST(AnonymousFileTest, HoldsItsContentFromTheStart) {
  const auto file = MakeAnonymousFile("content");
  ASSERT_TRUE(file.ok());
  std::array<char, 16> buffer{};
  EXPECT_EQ(::read(file->get(), buffer.data(), buffer.size()), 7);
  EXPECT_EQ(std::string(buffer.data()), "content");
}

}  // namespace
}  // namespace noizy
