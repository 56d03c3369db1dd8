#include "apiserver/storage/sqlite/folder_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

TEST(FolderLockTest, ASecondServerIsToldWhoHasTheFolder) {
  const ScratchFolder folder;
  const auto first = LockFolder(folder.path());
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  const Status second = LockFolder(folder.path()).status();
  EXPECT_EQ(second.reason(), StatusReason::kServiceUnavailable);
  EXPECT_EQ(second.message(),
            "the data folder " + folder.path() + " is in use by the server with process id " +
                std::to_string(::getpid()) + ": stop that one first, or choose another folder");
}

TEST(FolderLockTest, TheLockEndsWithItsOwner) {
  const ScratchFolder folder;
  { EXPECT_TRUE(LockFolder(folder.path()).ok()); }
  EXPECT_TRUE(LockFolder(folder.path()).ok());
}

TEST(FolderLockTest, WhatACrashLeftIsOverwritten) {
  const ScratchFolder folder;
  ASSERT_TRUE(WriteFileAtomically(folder / "lock", "4194304    \n").ok());
  const auto lock = LockFolder(folder.path());
  ASSERT_TRUE(lock.ok());
  const std::string pid = std::to_string(::getpid());
  EXPECT_EQ(*ReadFile(folder / "lock"), pid + std::string(12 - pid.size(), ' ') + "\n");
}

TEST(FolderLockTest, AMissingFolderIsAnError) {
  const ScratchFolder folder;
  EXPECT_EQ(LockFolder(folder / "missing").status().reason(), StatusReason::kNotFound);
}

}  // namespace
}  // namespace noizy::apiserver
