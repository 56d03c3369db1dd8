#include "apiserver/storage/sqlite/row_checksum.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace noizy::apiserver {
namespace {

const LogRow kRow{7, 0, "tasks.noizy.dev", "default", "a", 3, "body"};

TEST(RowChecksumTest, EveryColumnCounts) {
  std::vector<LogRow> rows(8, kRow);
  rows[1].revision = 8;
  rows[2].op = 1;
  rows[3].resource = "nodes.noizy.dev";
  rows[4].ns = "other";
  rows[5].name = "b";
  rows[6].create_revision = 4;
  rows[7].body = "bodY";
  std::set<std::int64_t> sums;
  for (const LogRow& row : rows) sums.insert(RowChecksum(row));
  EXPECT_EQ(sums.size(), rows.size());
}

TEST(RowChecksumTest, ColumnsDoNotRunIntoEachOther) {
  LogRow left = kRow;
  left.ns = "defaulta";
  left.name = "";
  LogRow right = kRow;
  right.ns = "default";
  right.name = "a";
  EXPECT_NE(RowChecksum(left), RowChecksum(right));
}

TEST(RowChecksumTest, StaysTheSameForEver) {
  EXPECT_EQ(RowChecksum(kRow), 1301102815926705454)
      << "every database out there would be called damaged";
  EXPECT_EQ(SettingChecksum("cluster_uid", "x"), 949078901346840960);
}

TEST(RowChecksumTest, SettingsDifferByNameAndValue) {
  const std::set<std::int64_t> sums = {SettingChecksum("a", "x"), SettingChecksum("b", "x"),
                                       SettingChecksum("a", "y")};
  EXPECT_EQ(sums.size(), 3U);
}

}  // namespace
}  // namespace noizy::apiserver
