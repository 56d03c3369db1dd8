#include "machinery/pki/digested_file.h"

#include <gtest/gtest.h>

#include "machinery/os/files.h"
#include "machinery/os/temporary_folder.h"
#include "machinery/pki/pki.h"

namespace noizy {
namespace {

TEST(DigestedFile, HoldsWhatWasAppendedAndSaysItsDigest) {
  auto folder = TemporaryFolder::Make();
  ASSERT_TRUE(folder.ok());
  const std::string path = folder->path() + "/file";
  ASSERT_TRUE(WriteFileAtomically(path, "what was there before").ok());
  auto file = DigestedFile::Create(path);
  ASSERT_TRUE(file.ok());
  const std::string binary("a\0\xff", 3);
  ASSERT_TRUE(file->Append("12345").ok());
  ASSERT_TRUE(file->Append(binary).ok());
  EXPECT_EQ(file->size(), 8);
  const auto digest = file->Finish();
  ASSERT_TRUE(digest.ok());
  EXPECT_EQ(*digest, Sha256Hex("12345" + binary));
  EXPECT_EQ(ReadFile(path).ValueOr(""), "12345" + binary);
  EXPECT_TRUE(RequirePrivate(path).ok());
}

TEST(DigestedFile, AFolderThatIsNotThereIsNamed) {
  const auto file = DigestedFile::Create("/nowhere/file");
  EXPECT_EQ(file.status().reason(), StatusReason::kNotFound);
  EXPECT_NE(file.status().message().find("/nowhere/file"), std::string::npos);
}

}  // namespace
}  // namespace noizy
