#include "machinery/os/ownership.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/machinery/os/scratch.h"

namespace noizy {
namespace {

TEST(OwnershipTest, OnesOwnFilesAreOnesOwn) {
  const ScratchFolder folder;
  EXPECT_TRUE(RequireOwned(folder.path()).ok());
  EXPECT_EQ(RequireOwned(folder / "missing").reason(), StatusReason::kNotFound);
}

TEST(OwnershipTest, AnothersAreNot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  const ScratchFolder folder;
  ASSERT_EQ(::chown(folder.path().c_str(), 12345, 12345), 0);
  const Status others = RequireOwned(folder.path());
  EXPECT_EQ(others.reason(), StatusReason::kForbidden);
  EXPECT_NE(others.message().find("12345"), std::string::npos) << others.message();
}

}  // namespace
}  // namespace noizy
