#include "machinery/os/temporary_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "machinery/os/files.h"

namespace noizy {
namespace {

TEST(TemporaryFolderTest, IsPrivateAndGoesWithAllItHolds) {
  std::string path;
  {
    auto folder = TemporaryFolder::Make();
    ASSERT_TRUE(folder.ok()) << folder.status().ToString();
    const TemporaryFolder moved = *std::move(folder);
    path = moved.path();
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_all);
    ASSERT_TRUE(WriteFileAtomically(path + "/a", "x").ok());
  }
  EXPECT_FALSE(FileExists(path));
}

}  // namespace
}  // namespace noizy
