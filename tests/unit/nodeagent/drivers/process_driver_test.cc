#include "nodeagent/drivers/process_driver.h"

#include <limits>

#include "tests/unit/nodeagent/drivers/task_bench.h"

namespace noizy::nodeagent {
namespace {

v1::Assignment ScriptTask(const std::string& shell, const std::string& source) {
  v1::Assignment assignment = ShellTask("");
  assignment.mutable_script()->set_shell(shell);
  assignment.mutable_script()->set_source(source);
  return assignment;
}

TEST(ProcessDriverTest, OffersCommandsAndShells) {
  const auto capabilities = TaskBench().Fingerprint().capabilities;
  EXPECT_EQ(capabilities[0], "exec");
  EXPECT_EQ(capabilities[1], "shell");
}

TEST(ProcessDriverTest, RunsScriptsByTheirShell) {
  EXPECT_EQ(TaskBench().Finish(ScriptTask("sh", "echo one\necho $0 | grep -c script\n")).result,
            "one\n1\n");
  EXPECT_EQ(TaskBench().Finish(ScriptTask("bash", "echo ${BASH_VERSION:+yes}")).result, "yes\n");
  EXPECT_EQ(TaskBench().Finish(ScriptTask("auto", "#!/usr/bin/awk -f\nBEGIN {print 6*7}\n")).result,
            "42\n");
}

TEST(ProcessDriverTest, RefusesWhatItCannotRun) {
  TaskBench bench;
  EXPECT_EQ(bench.Start(ScriptTask("tcsh", "x")).message(), "there is no shell \"tcsh\"");
  EXPECT_EQ(bench.Start(ScriptTask("cmd", "x")).message(), "this node has no shell \"cmd\"");
  v1::Assignment nothing = ShellTask("");
  nothing.clear_action();
  EXPECT_EQ(bench.Start(nothing).message(), "the task has neither a command nor a script");
}

TEST(ProcessDriverTest, WorksInAPrivateFolderOfItsOwn) {
  TaskBench bench;
  const TaskExit exit = bench.Finish(ShellTask("pwd -P; stat -c %a .; echo \"$TMPDIR\""));
  const std::string work = bench.folder() + "/work";
  EXPECT_EQ(exit.result, work + "\n700\n" + work + "\n");
}

TEST(ProcessDriverTest, SecretsOfTheEnvironmentStayOffTheDisk) {
  TaskBench bench;
  v1::Assignment task = ShellTask("echo \"${SECRET:+got it}\"");
  v1::EnvVar& secret = *task.add_env();
  secret.set_name("SECRET");
  secret.set_value("canary-6f1e");
  EXPECT_EQ(bench.Finish(task).result, "got it\n");
  const auto names = ListFolder(bench.folder());
  ASSERT_TRUE(names.ok());
  for (const std::string& name : *names) {
    if (name == "work") continue;
    EXPECT_EQ(bench.File(name).find("canary-6f1e"), std::string::npos) << name;
  }
}

TEST(ProcessDriverTest, ALimitNobodyEnforcesIsSaidInTheLog) {
  TaskBench bench;
  v1::Assignment task = ShellTask("echo ran");
  // More than any kernel takes.
  task.mutable_limits()->set_cpu_milli(std::numeric_limits<std::int64_t>::max());
  const TaskExit exit = bench.Finish(task);
  EXPECT_EQ(exit.result, "ran\n");
  EXPECT_NE(bench.File("output.log").find("[noizy: this machine cannot enforce a cpu limit]"),
            std::string::npos)
      << bench.File("output.log");
}

TEST(ProcessDriverTest, SupervisorThatCannotStartIsAnError) {
  const ScratchFolder scratch;
  ThreadExecutor executor;
  ProcessDriverOptions options;
  options.supervisor_command = {"/no/such/supervisor"};
  ProcessDriver driver(options, executor, RealClock::Instance());
  TaskWitness witness;
  const auto task = driver.Start({ShellTask("true"), "n", scratch.path()}, witness.Events());
  EXPECT_EQ(task.status().message(),
            "cannot start the task's supervisor: cannot run \"/no/such/supervisor\": No such file "
            "or directory");
  executor.Stop();
}

}  // namespace
}  // namespace noizy::nodeagent
