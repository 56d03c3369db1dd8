// A grid in memory under virtual time, and an agent's end of a stream: what the tests of
// apiserver/agents share.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/agents/grid_state.h"
#include "apiserver/resources/object_writer.h"
#include "apiserver/storage/memory_store.h"
#include "kinds/namespace.h"
#include "machinery/base/executor.h"
#include "machinery/base/random.h"
#include "machinery/meta/time.h"
#include "machinery/pki/pki.h"
#include "machinery/transport/agent_transport.h"
#include "machinery/value/base64.h"

namespace noizy::apiserver {

template <typename T>
T Get(Result<T> result) {
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return result.ok() ? *std::move(result) : T{};
}

/// Records what the server sends.
class FakeStream final : public AgentStream {
 public:
  void Send(v1::ServerMessage message) override {
    if (!closed) sent.push_back(std::move(message));
  }
  std::size_t Queued() const override { return 0; }
  void Close(Status status) override {
    if (!closed) closed = std::move(status);
  }

  /// The messages of one kind since the last call for it.
  std::vector<v1::ServerMessage> Take(v1::ServerMessage::MessageCase kind) {
    std::vector<v1::ServerMessage> taken;
    std::vector<v1::ServerMessage> rest;
    for (auto& message : sent) {
      (message.message_case() == kind ? taken : rest).push_back(std::move(message));
    }
    sent = std::move(rest);
    return taken;
  }
  std::vector<v1::Assignment> TakeAssignments() {
    std::vector<v1::Assignment> out;
    for (auto& message : Take(v1::ServerMessage::kAssignment)) out.push_back(message.assignment());
    return out;
  }
  /// "name/attempt reason" of each.
  std::vector<std::string> TakeCancellations() {
    std::vector<std::string> out;
    for (auto& message : Take(v1::ServerMessage::kCancellation)) {
      const auto& cancellation = message.cancellation();
      out.push_back(cancellation.ref().name() + "/" + std::to_string(cancellation.ref().attempt()) +
                    " " + cancellation.reason());
    }
    return out;
  }

  std::vector<v1::ServerMessage> sent;
  std::optional<Status> closed;
};

/// Stands for the signature of NOIZY_FENCE_TOKEN.
inline Result<std::string> SignedName(const Task& task) {
  return "signed " + task.metadata.name + " " + std::to_string(task.status.attempt);
}

/// A CA of a year.
inline CertificateAuthority NewAuthority(const Clock& clock) {
  CertificateProfile profile;
  profile.subject.common_name = "noizy-ca";
  profile.not_before = clock.Now() - std::chrono::hours(1);
  profile.not_after = clock.Now() + std::chrono::hours(24 * 365);
  profile.is_ca = true;
  return Get(CreateAuthority(profile, KeySpec{}));
}

/// Tests derive from this. Everything runs on the test's thread.
class AgentsTest : public testing::Test {
 protected:
  AgentsTest() { CreateNamespace("default"); }

  void CreateNamespace(const std::string& name) {
    grid_.CreateNamespace(
        name, [](const Status& status) { ASSERT_TRUE(status.ok()) << status.ToString(); });
  }

  void CreateNode(const std::string& name, const std::string& lease_seconds = "4") {
    Node node;
    node.metadata.name = name;
    node.spec.lease_duration_seconds = IntOrString(lease_seconds);
    grid_.CreateNode(node,
                     [](const Status& status) { ASSERT_TRUE(status.ok()) << status.ToString(); });
  }

  Node ReadNode(const std::string& name) { return Get(grid_.ReadNode(name)); }
  Task ReadTask(const std::string& name) { return Get(grid_.ReadTask({"default", name})); }

  /// A Task that runs `true` unless `change` says otherwise.
  Task CreateTask(const std::string& name, const std::function<void(Task&)>& change = nullptr) {
    Task task;
    task.metadata.name = name;
    task.metadata.ns = "default";
    task.spec.exec.emplace().command = {"true"};
    if (change) change(task);
    writer_.Create(BuiltinKinds().FindByKind({"noizy.dev", "v1", "Task"}), task.ToValue(), {},
                   [](const Result<WriteOutcome>& outcome) {
                     ASSERT_TRUE(outcome.ok()) << outcome.status().ToString();
                   });
    return ReadTask(name);
  }

  /// What the scheduler does.
  void Bind(const std::string& name, const std::string& node) {
    ChangeTask(name, [&](TaskStatus& status) {
      status.phase = "Scheduled";
      status.node_name = node;
      TaskAttempt attempt;
      attempt.number = ++status.attempt;
      attempt.node_name = node;
      status.attempts.push_back(attempt);
    });
  }

  void ChangeTask(const std::string& name, const std::function<void(TaskStatus&)>& change) {
    grid_.ChangeTaskStatus(
        {"default", name},
        [&](Task& task) -> Result<bool> {
          change(task.status);
          return true;
        },
        [](const Status& status) { ASSERT_TRUE(status.ok()) << status.ToString(); });
  }

  void DeleteTask(const std::string& name) {
    writer_.Delete(BuiltinKinds().FindByKind({"noizy.dev", "v1", "Task"}),
                   {"tasks.noizy.dev", "default", name}, {}, {},
                   [](const Result<WriteOutcome>&) {});
  }
  /// As the task controller does when a deleted Task's attempt is over.
  void RemoveFinalizer(const std::string& name) {
    UpdateTask(name, [](Value& task) { Remove(task, {"metadata", "finalizers"}); });
  }
  void UpdateTask(const std::string& name, const std::function<void(Value&)>& change) {
    writer_.Update(
        BuiltinKinds().FindByKind({"noizy.dev", "v1", "Task"}),
        {"tasks.noizy.dev", "default", name}, Subresource::kNone,
        [&](Value& task) -> Result<bool> {
          change(task);
          return true;
        },
        {},
        [](const Result<WriteOutcome>& outcome) {
          ASSERT_TRUE(outcome.ok()) << outcome.status().ToString();
        });
  }
  void DeleteNode(const std::string& name) {
    writer_.Delete(BuiltinKinds().FindByKind({"noizy.dev", "v1", "Node"}),
                   {"nodes.noizy.dev", "", name}, {}, {},
                   [](const Result<WriteOutcome>& outcome) { ASSERT_TRUE(outcome.ok()); });
  }

  void CreateSecret(const std::string& name, const std::string& key, const std::string& value) {
    Secret secret;
    secret.metadata.ns = "default";
    secret.metadata.name = name;
    secret.data[key] = EncodeBase64(value);
    grid_.CreateSecret(secret, [](const Status& status) { ASSERT_TRUE(status.ok()); });
  }

  static v1::AttemptRef Ref(const Task& task, std::int64_t attempt) {
    v1::AttemptRef ref;
    ref.set_namespace_(task.metadata.ns);
    ref.set_name(task.metadata.name);
    ref.set_uid(task.metadata.uid);
    ref.set_attempt(attempt);
    return ref;
  }

  std::int64_t UnixNanos() const { return clock_.Now().time_since_epoch().count(); }

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  SeededRandom random_{1};
  MemoryStore store_{clock_};
  ObjectWriter writer_{store_, clock_, random_};
  GridState grid_{store_, writer_};
};

/// A folder that goes away with the test.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "noizy_agents_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace noizy::apiserver
