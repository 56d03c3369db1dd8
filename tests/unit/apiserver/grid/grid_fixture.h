// A Grid before a real API and store; what agents would do is done by patches of the status.
#pragma once

#include <gtest/gtest.h>

#include "apiserver/grid/grid.h"
#include "machinery/base/mutex.h"
#include "machinery/os/files.h"
#include "machinery/os/temporary_folder.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
/// What came, for a test that waits for it. Thread-safe.
template <typename T>
class Box {
 public:
  void Put(T item) {
    MutexLock lock(mutex_);
    items_.push_back(std::move(item));
    changed_.NotifyAll();
  }
  /// Waits for so many, for a minute at most.
  std::vector<T> Await(std::size_t count) {
    MutexLock lock(mutex_);
    while (items_.size() < count && changed_.WaitFor(mutex_, std::chrono::minutes(1))) {
    }
    return items_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<T> items_ NOIZY_GUARDED_BY(mutex_);
};

/// What a WatchTask told.
class Sink final : public GridEventSink {
 public:
  void Send(v1::TaskEvent event) override { events.Put(std::move(event)); }
  void Close(Status status) override { closed.Put(std::move(status)); }

  Box<v1::TaskEvent> events;
  Box<Status> closed;
};

/// Destroyed after the server, whose last streams post to them.
struct GridThreads {
  ThreadExecutor disk_;
  ThreadExecutor executor_;
};

/// Calls come as an administrator, or as nobody of note.
class GridServiceTest : protected GridThreads, public ApiTest {
 protected:
  GridServiceTest() { EXPECT_TRUE(payloads_.Open().ok()); }
  ~GridServiceTest() override {
    executor_.Stop();
    disk_.Stop();
  }

  static v1::ExecuteTaskRequest Execute(const std::string& name) {
    v1::ExecuteTaskRequest request;
    request.mutable_task()->set_name(name);
    request.mutable_task()->mutable_exec()->add_command("true");
    return request;
  }
  void SetStatus(const std::string& name, const std::string& status) {
    const Answer answer = Call("PATCH", TaskPath(name + "/status"), R"({"status":)" + status + "}",
                               {{"Content-Type", "application/merge-patch+json"}});
    ASSERT_EQ(answer.code, 200) << ToJson(answer.body);
  }
  void AwaitTask(const std::string& name, int code) {
    for (int i = 0; i < 100'000 && Call("GET", TaskPath(name)).code != code; ++i) {
    }
    ASSERT_EQ(Call("GET", TaskPath(name)).code, code);
  }
  bool GoingOrGone(const std::string& name) {
    const Answer answer = Call("GET", TaskPath(name));
    return answer.code == 404 || !answer.Text({"metadata", "deletionTimestamp"}).empty();
  }
  std::shared_ptr<GridCall> Run(const v1::ExecuteTaskRequest& request) {
    return grid_.ExecuteTask(admin_, request,
                             [this](auto result) { executed_.Put(std::move(result)); });
  }

  const GridCaller admin_{{"admin", {"system:masters"}, "01"}, "127.0.0.1:1"};
  const GridCaller nobody_{{"nobody", {}, "02"}, "127.0.0.1:2"};
  Box<Result<v1::ExecuteTaskResponse>> executed_;
  const Result<TemporaryFolder> scratch_ = TemporaryFolder::Make();
  const std::string payload_folder_ = scratch_->path() + "/payloads";
  PayloadStore payloads_{payload_folder_, 3 << 20,
                         [](const std::string& path) { EXPECT_TRUE(RemoveTree(path).ok()); }};
  Grid grid_{server_.handler(), executor_, {payloads_, disk_}};
};

}  // namespace noizy::apiserver
