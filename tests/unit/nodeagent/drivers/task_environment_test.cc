#include "nodeagent/drivers/task_environment.h"

#include "machinery/os/files.h"
#include "tests/unit/nodeagent/drivers/task_bench.h"

namespace noizy::nodeagent {
namespace {

void AddEnv(v1::Assignment& task, const std::string& name, const std::string& value) {
  v1::EnvVar& variable = *task.add_env();
  variable.set_name(name);
  variable.set_value(value);
}

std::vector<std::string> Sorted(std::vector<std::string> entries) {
  std::sort(entries.begin(), entries.end());
  return entries;
}

TEST(TaskEnvironmentTest, CleanBaseAndWhatNoizyTells) {
  const auto env = BuildEnvironment({ShellTask(""), "node-1", "/f"}, {"/bin", ""});
  ASSERT_TRUE(env.ok());
  EXPECT_EQ(Sorted(*env),
            (std::vector<std::string>{"HOME=/f/work", "LANG=C.UTF-8", "NOIZY_ATTEMPT=1",
                                      "NOIZY_NODE_NAME=node-1", "NOIZY_PAYLOAD_FILE=/f/payload",
                                      "NOIZY_TASK_NAME=a-task", "NOIZY_TASK_NAMESPACE=default",
                                      "NOIZY_TASK_UID=uid-1", "PATH=/bin", "TMPDIR=/f/work"}));
}

TEST(TaskEnvironmentTest, TaskOverridesTheBaseButNotTheFence) {
  v1::Assignment task = ShellTask("");
  AddEnv(task, "PATH", "/opt/bin");
  AddEnv(task, "MINE", "a=b");
  AddEnv(task, "NOIZY_ATTEMPT", "99");
  AddEnv(task, "NOIZY_TASK_NAME", "forged");
  const auto env = BuildEnvironment({task, "n", "/f"}, {"/bin", "/home/me"});
  ASSERT_TRUE(env.ok());
  const auto count = [&](const std::string& entry) {
    return std::count(env->begin(), env->end(), entry);
  };
  EXPECT_EQ(count("PATH=/opt/bin"), 1);
  EXPECT_EQ(count("PATH=/bin"), 0);
  EXPECT_EQ(count("MINE=a=b"), 1);
  EXPECT_EQ(count("HOME=/home/me"), 1);
  EXPECT_EQ(count("NOIZY_ATTEMPT=1"), 1);
  EXPECT_EQ(count("NOIZY_ATTEMPT=99"), 0);
  EXPECT_EQ(count("NOIZY_TASK_NAME=a-task"), 1);
}

TEST(TaskEnvironmentTest, RefusesWhatNoEnvironmentHolds) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"", "x"}, {"A=B", "x"}, {std::string("A\0B", 3), "x"}, {"A", std::string("x\0y", 3)}}) {
    v1::Assignment task = ShellTask("");
    AddEnv(task, name, value);
    EXPECT_EQ(BuildEnvironment({task, "n", "/f"}, {}).status().reason(), StatusReason::kBadRequest)
        << name;
  }
}

TEST(PrepareFolderTest, WritesPayloadAndScriptPrivately) {
  const ScratchFolder scratch;
  v1::Assignment task = ShellTask("");
  task.mutable_script()->set_shell("sh");
  task.mutable_script()->set_source("echo");
  task.set_payload("data");
  const auto command = PrepareFolder({task, "n", scratch.path()}, "/usr/bin:/bin");
  ASSERT_TRUE(command.ok());
  EXPECT_EQ(command->back(), scratch / "script");
  EXPECT_EQ(ReadFile(scratch / "script").ValueOr(""), "echo");
  EXPECT_EQ(ReadFile(scratch / "payload").ValueOr(""), "data");
  EXPECT_TRUE(RequirePrivate(scratch / "script").ok());
  EXPECT_TRUE(RequirePrivate(scratch / "payload").ok());
  EXPECT_TRUE(RequirePrivate(scratch / "work").ok());
}

TEST(PrepareFolderTest, KeepsAPayloadThatWasFetched) {
  const ScratchFolder scratch;
  ASSERT_TRUE(WriteFileAtomically(scratch / "payload", "fetched").ok());
  v1::Assignment task = ShellTask("true");
  task.mutable_payload_ref()->set_size_bytes(7);
  ASSERT_TRUE(PrepareFolder({task, "n", scratch.path()}, "/usr/bin:/bin").ok());
  EXPECT_EQ(ReadFile(scratch / "payload").ValueOr(""), "fetched");
}

TEST(PrepareFolderTest, RefusesCommandsNobodyCanRun) {
  const ScratchFolder scratch;
  v1::Assignment task = ShellTask("");
  task.mutable_exec()->clear_command();
  EXPECT_EQ(PrepareFolder({task, "n", scratch.path()}, "/bin").status().message(),
            "exec.command is empty");
  task.mutable_exec()->add_command(std::string("a\0b", 3));
  EXPECT_FALSE(PrepareFolder({task, "n", scratch.path()}, "/bin").ok());
}

}  // namespace
}  // namespace noizy::nodeagent
