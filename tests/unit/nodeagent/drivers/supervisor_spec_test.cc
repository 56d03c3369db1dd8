#include "nodeagent/drivers/supervisor_spec.h"

namespace noizy::nodeagent {
namespace {

TEST(SupervisorSpecTest, ReadsBackWhatWasWritten) {
  SupervisorSpec spec;
  spec.argv = {"sh", "-c", "echo \"ä\"\n"};
  spec.env = {"A=b", "C="};
  spec.working_dir = "/w";
  spec.stdin_path = "/p";
  spec.cgroup = {{"unified", "/u"}};
  spec.log_cap_bytes = 5;
  spec.timeout = Duration(6);
  spec.grace = Duration(7);
  spec.liveness = {{"ask"}, Duration(8), Duration(9), Duration(10), 11};
  spec.own_program = true;
  spec.notice = "n";
  spec.confinement = Confinement{{"u", 12, 13, {13, 14}}, "/h", {"/h/a", "/h/b"}, 15};
  const auto read = DecodeSpec(EncodeSpec(spec));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->argv, spec.argv);
  EXPECT_EQ(read->env, spec.env);
  EXPECT_EQ(read->working_dir, spec.working_dir);
  EXPECT_EQ(read->stdin_path, spec.stdin_path);
  EXPECT_EQ(read->cgroup, spec.cgroup);
  EXPECT_EQ(read->log_cap_bytes, spec.log_cap_bytes);
  EXPECT_EQ(read->timeout, spec.timeout);
  EXPECT_EQ(read->grace, spec.grace);
  EXPECT_EQ(read->liveness, spec.liveness);
  EXPECT_TRUE(read->own_program);
  EXPECT_EQ(read->notice, spec.notice);
  EXPECT_EQ(read->confinement, spec.confinement);
}

TEST(SupervisorSpecTest, RefusesWhatIsNoSpec) {
  EXPECT_FALSE(DecodeSpec("").ok());
  EXPECT_FALSE(DecodeSpec("{}").ok());
}

}  // namespace
}  // namespace noizy::nodeagent
