#include "machinery/os/user.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "tests/unit/machinery/os/scratch.h"

namespace noizy {
namespace {

TEST(UserTest, AnAccountIsFoundByItsName) {
  const auto root = FindUser("root");
  ASSERT_TRUE(root.ok()) << root.status().ToString();
  EXPECT_EQ(root->id, 0U);
  EXPECT_NE(std::find(root->groups.begin(), root->groups.end(), root->group), root->groups.end());
  EXPECT_EQ(IsThisUser(*root), ::geteuid() == 0);
  const Status missing = FindUser("no-such-user").status();
  EXPECT_EQ(missing.reason(), StatusReason::kNotFound);
  EXPECT_EQ(missing.message(), "this machine has no user \"no-such-user\"");
}

TEST(UserTest, AFileIsGivenWithItsModesAndALinkIsNotFollowed) {
  const ScratchFolder scratch;
  const User self{"self", ::geteuid(), ::getegid()};
  ASSERT_TRUE(WriteFileAtomically(scratch / "file", "", Durability::kAtomic).ok());
  ASSERT_EQ(::symlink((scratch / "file").c_str(), (scratch / "link").c_str()), 0);
  EXPECT_TRUE(GiveTo(self, scratch / "file", 0400).ok());
  struct stat facts {};
  ASSERT_EQ(::stat((scratch / "file").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0400U);
  EXPECT_FALSE(GiveTo(self, scratch / "link", 0400).ok());
  EXPECT_FALSE(GiveTo(self, scratch / "missing", 0400).ok());
}

}  // namespace
}  // namespace noizy
