// Inferences as a node runs them: the driver, a supervisor, the process that asks, and a model
// server over a real socket. The test program is all of these processes: see its main().
#include "nodeagent/inference/inference_driver.h"

#include "machinery/value/json.h"
#include "nodeagent/inference/run_inference.h"
#include "tests/unit/nodeagent/drivers/task_bench.h"
#include "tests/unit/nodeagent/fake_driver.h"
#include "tests/unit/nodeagent/inference/loopback_models.h"

namespace noizy::nodeagent {
namespace {

const std::string kAnswer =
    "data: {\"choices\":[{\"delta\":{\"content\":\"Grüße\"}}]}\n\n"
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\n"
    "data: [DONE]\n\n";

v1::Assignment InferenceTask() {
  v1::Assignment assignment = ShellTask("");
  assignment.mutable_inference()->set_model("m:1b");
  assignment.mutable_inference()->set_prompt("hi");
  return assignment;
}

class InferenceDriverTest : public ::testing::Test {
 protected:
  InferenceDriverTest() {
    EXPECT_TRUE(MakeFolders(folder_).ok());
    ModelCatalog::Options options;
    options.servers = {{models_.url(), "sk-1"}};
    catalog_ = std::make_unique<ModelCatalog>(std::move(options), executor_, [this] {
      const MutexLock lock(mutex_);
      found_ = true;
      changed_.NotifyAll();
    });
    ProcessDriverOptions processes;
    processes.supervisor_command = TestSupervisorCommand();
    processes_ =
        std::make_unique<ProcessDriver>(std::move(processes), executor_, RealClock::Instance());
    driver_ = std::make_unique<InferenceDriver>(
        *processes_, *catalog_,
        std::vector<std::string>{SelfExecutable(), std::string(kInferenceCommand)});
    RunOn(executor_, [this] { return (catalog_->Refresh(), true); });
    const MutexLock lock(mutex_);
    while (!found_) changed_.Wait(mutex_);
  }
  ~InferenceDriverTest() override {
    RunOn(executor_, [this] { return (task_.reset(), catalog_.reset(), true); });
    executor_.Stop();
  }

  Status Start(const v1::Assignment& assignment) {
    return RunOn(executor_, [&] {
      auto task = driver_->Start({assignment, "n", folder_}, witness_.Events());
      if (task.ok()) task_ = *task;
      return task.status();
    });
  }
  TaskExit Finish(const v1::Assignment& assignment) {
    const Status started = Start(assignment);
    EXPECT_TRUE(started.ok()) << started.ToString();
    return witness_.AwaitExit().value_or(TaskExit{});
  }
  std::string File(const std::string& name) const {
    return ReadFile(folder_ + "/" + name).ValueOr("(none)");
  }

  LoopbackModels models_;
  ScratchFolder scratch_;
  const std::string folder_ = scratch_ / "attempt";
  TaskWitness witness_;
  Mutex mutex_;
  CondVar changed_;
  bool found_ NOIZY_GUARDED_BY(mutex_) = false;
  ThreadExecutor executor_;
  std::unique_ptr<ModelCatalog> catalog_;
  std::unique_ptr<ProcessDriver> processes_;
  std::unique_ptr<InferenceDriver> driver_;
  std::shared_ptr<DriverTask> task_;
};

TEST_F(InferenceDriverTest, OffersTheModelsAndWhatProcessesOffer) {
  const auto offered = RunOn(executor_, [&] { return driver_->Fingerprint().capabilities; });
  for (const char* capability : {"exec", "ai_inference", "model/m:1b"})
    EXPECT_NE(std::find(offered.begin(), offered.end(), capability), offered.end()) << capability;
}

TEST_F(InferenceDriverTest, TheAnswerIsTheResult) {
  models_.SetAnswer(kAnswer);
  v1::Assignment task = InferenceTask();
  task.set_payload("more");
  const TaskExit exit = Finish(task);
  EXPECT_EQ(exit.reason, kCompleted) << exit.message << File("output.log");
  EXPECT_EQ(exit.result, "Grüße");
  ASSERT_TRUE(exit.usage);
  EXPECT_EQ(exit.usage->prompt_tokens, 7);
  EXPECT_EQ(exit.usage->completion_tokens, 3);
  EXPECT_GT(exit.usage->tokens_per_second, 0);
  EXPECT_EQ(models_.key(), "Bearer sk-1");
  const Value asked = *ParseJson(models_.question());
  EXPECT_EQ(StringAt(asked, {"model"}), "m:1b");
  EXPECT_EQ(StringAt(ArrayAt(asked, {"messages"})->front(), {"content"}), "hi\n\nmore");
  EXPECT_NE(File("output.log").find(" stdout P Grüße"), std::string::npos);
}

TEST_F(InferenceDriverTest, AnAnswerCutAtItsLimitIsAnAnswer) {
  std::string cut = kAnswer;
  cut.replace(cut.find("stop"), 4, "length");
  models_.SetAnswer(cut);
  const TaskExit exit = Finish(InferenceTask());
  EXPECT_EQ(exit.reason, kCompleted);
  EXPECT_EQ(exit.usage->completion_tokens, 3);
  EXPECT_NE(File("output.log").find("ended at its token limit"), std::string::npos);
}

TEST_F(InferenceDriverTest, AFaultThatMayPassSaysSo) {
  models_.SetAnswer(kAnswer.substr(0, 60));
  const TaskExit exit = Finish(InferenceTask());
  EXPECT_EQ(exit.exit_code, kMayPass);
  EXPECT_EQ(exit.reason, "Unreachable");
  EXPECT_EQ(exit.message, "model server " + models_.url() +
                              ": Unreachable: the stream ended before the answer did");
}

TEST_F(InferenceDriverTest, AFaultThatWillNotPassSaysSo) {
  models_.SetAnswer(R"({"error":{"message":"model not loaded"}})", 404);
  const TaskExit exit = Finish(InferenceTask());
  EXPECT_EQ(exit.exit_code, kWillNotPass);
  EXPECT_EQ(exit.reason, "RequestRefused");
  EXPECT_NE(exit.message.find("404: model not loaded"), std::string::npos) << exit.message;
}

TEST_F(InferenceDriverTest, MessagesThatAreNoneAreRefusedInWords) {
  v1::Assignment task = InferenceTask();
  task.set_payload(R"({"messages": [{"role": "user"}]})");
  const TaskExit exit = Finish(task);
  EXPECT_EQ(exit.exit_code, kWillNotPass);
  EXPECT_EQ(exit.message, "payload: a message has no content that is a text");
}

TEST_F(InferenceDriverTest, AModelThatWentAwayIsNamed) {
  v1::Assignment task = InferenceTask();
  task.mutable_inference()->set_model("gone");
  const Status started = Start(task);
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.message().find("no model server of this node has the model"),
            std::string::npos);
  EXPECT_NE(started.message().find("gone"), std::string::npos) << started.message();
}

TEST_F(InferenceDriverTest, OtherTasksAreHandedOnAsTheyAre) {
  v1::Assignment task = ShellTask("echo $A $NOIZY_MODEL_SERVER_KEY");
  v1::EnvVar& variable = *task.add_env();
  variable.set_name("A");
  variable.set_value("b");
  const TaskExit exit = Finish(task);
  EXPECT_EQ(exit.result, "b\n");
  EXPECT_FALSE(exit.usage);
}

TEST_F(InferenceDriverTest, TheKeyAndTheTasksVariablesStayOut) {
  FakeDriver fake;
  InferenceDriver driver(fake, *catalog_, {"noizy", "task-inference"});
  v1::Assignment task = InferenceTask();
  task.add_env()->set_name("LD_PRELOAD");
  ASSERT_TRUE(RunOn(executor_, [&] {
                return driver.Start({task, "n", folder_}, witness_.Events()).status();
              }).ok());
  const v1::Assignment& handed = fake.Only().assignment;
  EXPECT_EQ(handed.exec().command_size(), 3);
  EXPECT_EQ(handed.exec().command(2), folder_);
  ASSERT_EQ(handed.env_size(), 1);
  EXPECT_EQ(handed.env(0).name(), "NOIZY_MODEL_SERVER_KEY");
  EXPECT_EQ(File("inference.json").find("sk-1"), std::string::npos);
}

TEST(RunInferenceTest, WrongUsageIsRefused) {
  char command[] = "task-inference";
  char* arguments[] = {command, nullptr};
  EXPECT_EQ(RunInference(1, arguments), 2);
}

}  // namespace
}  // namespace noizy::nodeagent

int main(int argc, char** argv) {
  if (argc > 1 && argv[1] == noizy::nodeagent::kSupervisorCommand) {
    return noizy::nodeagent::RunSupervisor(argc - 1, argv + 1);
  }
  if (argc > 1 && argv[1] == noizy::nodeagent::kInferenceCommand) {
    return noizy::nodeagent::RunInference(argc - 1, argv + 1);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
