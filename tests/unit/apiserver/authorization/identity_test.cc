#include "apiserver/authorization/identity.h"

#include <gtest/gtest.h>

namespace noizy::apiserver {
namespace {

TEST(IdentityTest, ServiceAccountsAreUsersWithAPrefix) {
  const Identity bot = ServiceAccountIdentity("team", "bot");
  EXPECT_EQ(bot.user, "system:serviceaccount:team:bot");
  EXPECT_TRUE(bot.InGroup("system:serviceaccounts:team"));
  EXPECT_TRUE(bot.InGroup("system:authenticated"));
  EXPECT_EQ(ServiceAccountOf(bot.user).first, "team");
  EXPECT_EQ(ServiceAccountOf(bot.user).second, "bot");
}

TEST(IdentityTest, OtherUsersAreNone) {
  for (const char* user : {"ada", "system:serviceaccount:team", "system:serviceaccount:a:b:c"})
    EXPECT_EQ(ServiceAccountOf(user).second, "") << user;
}

}  // namespace
}  // namespace noizy::apiserver
