#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tidy/rules.h"

namespace noizy::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Findings Links(const std::string& text) {
  return BrokenLinks(Repository::Of({{"docs/a.md", text},
                                     {"docs/b.md", "# B\n## Life of a Task: how?\n"},
                                     {"machinery/base/clock.h", ""}}));
}

TEST(DocumentRules, LinksThatLeadSomewherePass) {
  EXPECT_THAT(
      Links(
          "# A\n[b](b.md) [clock](../machinery/base/clock.h) [folder](../machinery) [root](../)\n"),
      IsEmpty());
  EXPECT_THAT(Links("# A\n[b](b.md#life-of-a-task-how) [a](#a) [out](https://example.org/x)\n"),
              IsEmpty());
  EXPECT_THAT(Links("# A\n`a[i](x.md)`\n```\n[no](x.md)\n```\n"), IsEmpty());
}

TEST(DocumentRules, LinksThatLeadNowhereAreFound) {
  EXPECT_THAT(Links("# A\n\n[x](x.md)\n"), ElementsAre(HasSubstr("docs/a.md:3: the link to x.md")));
  EXPECT_THAT(Links("# A\n[x](b.md#nothing \"title\")\n").size(), 1U);
  EXPECT_THAT(Links("# A\n[x](/work/elsewhere)\n").size(), 1U);
}

TEST(DocumentRules, DocumentsHaveOneTitle) {
  const auto titles = [](const std::string& text) {
    return TitlesNotOne(Repository::Of({{"a.md", text}}));
  };
  EXPECT_THAT(titles("# A\n```\n# a comment in code\n```\n## B\n"), IsEmpty());
  EXPECT_THAT(titles("# A\n# B\n"), ElementsAre(HasSubstr("2 titles")));
  EXPECT_THAT(titles("A\n").size(), 1U);
}

TEST(DocumentRules, ThreatsNameTheirTests) {
  const auto threats = [](const std::string& cell) {
    const std::string table = "# S\n| threat | attacked by |\n| --- | --- |\n| a `b` | ";
    return ThreatsWithoutTest(
        Repository::Of({{"docs/security.md", std::string(table).append(cell).append(" |\n")},
                        {"tests/unit/a_test.cc", "TEST(A, First) {}\nTEST_F(A, Second) {}\n"},
                        {"tests/e2e/test_b.py", "def test_it(self):\n"}}));
  };
  EXPECT_THAT(threats("`A.First`, `Second`; `e2e/test_b.py`: `test_it`"), IsEmpty());
  EXPECT_THAT(threats("`A.Third`"), ElementsAre(HasSubstr("docs/security.md:4: there is no test")));
  EXPECT_THAT(threats("`B.First`").size(), 1U);
  EXPECT_THAT(threats("`e2e/test_c.py`: `test_no`").size(), 2U);
  EXPECT_THAT(threats("nothing yet"), ElementsAre(HasSubstr("names no test")));
}

}  // namespace
}  // namespace noizy::tidy
