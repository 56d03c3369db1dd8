#include "apiserver/storage/log_row.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace noizy::apiserver {
namespace {

const LogRow kRow{7, 0, "secrets", "team", "db", 3, "body"};

TEST(LogRowTest, EveryColumnButTheBodyIsOfTheIdentity) {
  std::vector<LogRow> rows(7, kRow);
  rows[1].revision = 8;
  rows[2].op = 1;
  rows[3].resource = "configmaps";
  rows[4].ns = "other";
  rows[5].name = "web";
  rows[6].create_revision = 4;
  std::set<std::string> identities;
  for (const LogRow& row : rows) identities.insert(IdentityOf(row));
  EXPECT_EQ(identities.size(), rows.size());
  LogRow other = kRow;
  other.body = "another";
  EXPECT_EQ(IdentityOf(other), IdentityOf(kRow));
}

TEST(LogRowTest, TheIdentityStaysTheSameForEver) {
  EXPECT_EQ(IdentityOf({0x0102, 1, "r", "", "ab", 3, ""}),
            std::string("\x02\x01\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0"
                        "\x01\0\0\0\0\0\0\0r"
                        "\0\0\0\0\0\0\0\0"
                        "\x02\0\0\0\0\0\0\0"
                        "ab",
                        51))
      << "no sealed row out there would open";
}

TEST(LogRowTest, IsNamedForPeople) {
  EXPECT_EQ(NameOf(kRow), "revision 7 (secrets \"team/db\")");
  EXPECT_EQ(NameOf({2, 0, "namespaces", "", "team", 2, ""}), "revision 2 (namespaces \"team\")");
}

}  // namespace
}  // namespace noizy::apiserver
