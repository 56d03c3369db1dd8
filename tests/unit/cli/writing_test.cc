#include "cli/writing.h"

#include <gtest/gtest.h>

#include "cli/kinds.h"
#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {kDryRunFlag, kWriteOutputFlag, kFieldManagerFlag, kValidateFlag};

class WritingFlags : public CliTest {
 protected:
  /// What Tell prints; or the error.
  std::string Told(const std::vector<std::string>& arguments) {
    std::string error;
    const FakeGrid::Outcome outcome = grid_.Invoke(kFlags, arguments, [&](Invocation& invocation) {
      const Result<Writing> writing = Writing::Parse(invocation.flags(), "me");
      if (!writing.ok()) {
        error = writing.status().message();
        return;
      }
      options_ = writing->options;
      const ServedKind kind{{"noizy.dev", "v1", "tasks", true}, "Task", "task", {}, {}, {}};
      writing->Tell(
          invocation, kind,
          Yaml("{apiVersion: noizy.dev/v1, kind: Task, metadata: {name: a, managedFields: [1]}}"),
          "made");
    });
    return error.empty() ? outcome.out : error;
  }
  WriteOptions options_;
};

TEST_F(WritingFlags, TellWhatWasDone) {
  EXPECT_EQ(Told({}), "task.noizy.dev/a made\n");
  EXPECT_EQ(Told({"--dry-run"}), "task.noizy.dev/a made (dry run)\n");
  EXPECT_EQ(Told({"--dry-run=server"}), "task.noizy.dev/a made (server dry run)\n");
  EXPECT_EQ(Told({"--dry-run=none"}), "task.noizy.dev/a made\n");
  EXPECT_EQ(Told({"-o", "name"}), "task.noizy.dev/a\n");
  EXPECT_EQ(Told({"-o", "yaml"}),
            "---\napiVersion: noizy.dev/v1\nkind: Task\nmetadata:\n  name: a\n");
}

TEST_F(WritingFlags, BecomeWriteOptions) {
  Told({});
  EXPECT_EQ(options_.field_manager, "me");
  EXPECT_EQ(options_.field_validation, "Strict");
  EXPECT_FALSE(options_.dry_run);
  Told({"--field-manager=you", "--validate=warn", "--dry-run=server"});
  EXPECT_EQ(options_.field_manager, "you");
  EXPECT_EQ(options_.field_validation, "Warn");
  EXPECT_TRUE(options_.dry_run);
  Told({"--validate=false"});
  EXPECT_EQ(options_.field_validation, "Ignore");
}

TEST_F(WritingFlags, RefuseOtherWords) {
  EXPECT_EQ(Told({"--validate=maybe"}), "flag --validate wants strict, warn or ignore");
  EXPECT_EQ(Told({"--dry-run=maybe"}), "flag --dry-run wants server, client or none");
  EXPECT_NE(Told({"-o", "odd"}).find("unknown output format"), std::string::npos);
}

TEST(WithNamespace, SetsItWhereThereIsOne) {
  EXPECT_EQ(ToJson(WithNamespace(Object{{"a", 1}}, "x")),
            R"({"a":1,"metadata":{"namespace":"x"}})");
  EXPECT_EQ(ToJson(WithNamespace(Object{{"a", 1}}, "")), R"({"a":1})");
}

}  // namespace
}  // namespace noizy::cli
