#include "machinery/os/sync_file.h"

#include <gtest/gtest.h>

#include "machinery/os/files.h"
#include "machinery/os/temporary_folder.h"

namespace noizy {
namespace {

TEST(SyncFile, TakesFilesAndRefusesWhatCannotBeMadeDurable) {
  auto folder = TemporaryFolder::Make();
  ASSERT_TRUE(folder.ok());
  auto file = OpenToAppend(folder->path() + "/file");
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(SyncFile(file->get()).ok());
  auto pipe = MakePipe();
  ASSERT_TRUE(pipe.ok());
  EXPECT_NE(SyncFile(pipe->write.get()).message().find("make the file durable"), std::string::npos);
}

}  // namespace
}  // namespace noizy
