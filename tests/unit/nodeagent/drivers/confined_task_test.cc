// What a task of another user cannot do to the agent that runs it, nor to other tasks.
#include <sys/stat.h>
#include <unistd.h>

#include "machinery/os/cgroup.h"
#include "nodeagent/drivers/process_task.h"
#include "tests/unit/nodeagent/drivers/task_bench.h"

namespace noizy::nodeagent {
namespace {

class ConfinedTaskTest : public TaskKinds {
 protected:
  // Open to all: no modes but the confinement are in the way.
  static std::string Plant(const TaskBench& bench, const std::string& name) {
    const std::string path = bench.scratch.path() + "/" + name;
    EXPECT_TRUE(MakeFolders(path.substr(0, path.rfind('/')), 0755).ok());
    EXPECT_TRUE(WriteFileAtomically(path, "secret", Durability::kAtomic, 0644).ok());
    return path;
  }
};
INSTANTIATE_TEST_SUITE_P(Kinds, ConfinedTaskTest, testing::Values(true), TaskKinds::Name);

TEST_P(ConfinedTaskTest, ReadsNeitherTheAgentsKeyNorAnothersFiles) {
  TaskBench bench;
  ASSERT_EQ(::chmod(bench.scratch.path().c_str(), 0755), 0);
  const std::string key = Plant(bench, "identity/node.key");
  const std::string other = Plant(bench, "attempts/uid-2-1/work/result");
  Plant(bench, "attempt/attempt.json");
  const TaskExit exit = bench.Finish(ShellTask(
      "cat " + key + " " + other + " ../attempt.json 2>&1; ls " + bench.scratch.path() + " 2>&1"));
  EXPECT_EQ(exit.result, "cat: " + key + ": No such file or directory\ncat: " + other +
                             ": No such file or directory\n" +
                             "cat: ../attempt.json: No such file or directory\n" +
                             "ls: cannot open directory '" + bench.scratch.path() +
                             "': Permission denied\n")
      << bench.File("output.log");
}

TEST_P(ConfinedTaskTest, SignalsNeitherTheAgentNorItsSupervisor) {
  TaskBench bench;
  const std::string agent = std::to_string(::getpid());
  EXPECT_EQ(bench
                .Finish(ShellTask("kill -0 " + agent +
                                  " 2>/dev/null && echo agent; kill -9 1 "
                                  "2>/dev/null && echo supervisor; true"))
                .result,
            "");
}

TEST_P(ConfinedTaskTest, HasNoPrivilegeAndNoWayToOne) {
  const std::string status =
      TaskBench()
          .Finish(ShellTask("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status"))
          .result;
  EXPECT_EQ(status,
            "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
            "CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t" +
                std::string(FiltersSystemCalls() ? "2" : "0") + "\n");
}

TEST_P(ConfinedTaskTest, WorksInAFolderOfItsOwn) {
  TaskBench bench;
  v1::Assignment task = ShellTask("");
  task.mutable_script()->set_source(
      "cd; test \"$PWD\" = \"$TMPDIR\" && touch made && echo to stdout > /dev/stdout\n"
      "cat /dev/stdin; cat \"$NOIZY_PAYLOAD_FILE\"; stat -c '%a %U' . \"$0\" "
      "\"$NOIZY_PAYLOAD_FILE\"\n");
  task.set_payload("payload\n");
  EXPECT_EQ(bench.Finish(task).result,
            "to stdout\npayload\npayload\n700 nobody\n500 nobody\n400 nobody\n")
      << bench.File("output.log");
  EXPECT_TRUE(FileExists(bench.folder() + "/work/made"));
}

TEST_P(ConfinedTaskTest, StartsNoMoreProcessesThanItMay) {
  TaskBench bench;
  ASSERT_TRUE(bench.Start(ShellTask("bash -c 'ulimit -u'; exec sleep 600")).ok());
  ASSERT_TRUE(bench.AwaitLog("stdout F "));
  const auto traces = ReadTaskTraces(bench.folder());
  ASSERT_TRUE(traces.ok());
  // By its group where there is one; else all of its user's processes count.
  EXPECT_TRUE(Cgroup(traces->cgroup).LimitsProcesses() || bench.AwaitLog("stdout F 4096\n"));
  ASSERT_TRUE(bench.Stop(Duration::zero()).ok());
  EXPECT_TRUE(bench.witness.AwaitExit().has_value());
}

TEST_P(ConfinedTaskTest, AProgramOfNoizysOwnIsTheAgents) {
  TaskBench bench;
  bench.own_program = true;
  EXPECT_EQ(bench.Finish(ShellTask("id -u")).result, std::to_string(::geteuid()) + "\n");
}

}  // namespace
}  // namespace noizy::nodeagent
