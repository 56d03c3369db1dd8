#include "doctor/finding.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy::doctor {
namespace {

const Findings kFindings{{"disk space", Verdict::kOk, "much is free"},
                         {"nodes", Verdict::kWarn, "one\nis\x1b[2J lost", "start it"},
                         {"server", Verdict::kFail, "nobody listens", "start it, too"}};

TEST(FindingTest, IsALineEach) {
  EXPECT_EQ(ToText(kFindings),
            "ok    disk space  much is free\n"
            "warn  nodes       one is [2J lost: start it\n"
            "fail  server      nobody listens: start it, too\n")
      << "whatever the words hold";
}

TEST(FindingTest, ProgramsGetTheSame) {
  EXPECT_EQ(
      ToJson(ToValue({kFindings[0]})),
      R"({"ok":true,"checks":[{"check":"disk space","verdict":"ok","says":"much is free","mend":""}]})");
  EXPECT_FALSE(Find(ToValue(kFindings), {"ok"})->get_bool());
}

TEST(FindingTest, TheWorstCounts) {
  EXPECT_EQ(WorstOf({}), Verdict::kOk);
  EXPECT_EQ(WorstOf({kFindings[1], kFindings[0]}), Verdict::kWarn);
  EXPECT_EQ(WorstOf(kFindings), Verdict::kFail);
}

}  // namespace
}  // namespace noizy::doctor
