#include "apiserver/grid/task_watch.h"

#include <gtest/gtest.h>

#include "machinery/base/executor.h"

namespace noizy::apiserver {
namespace {

/// An API whose answers the test gives; what is watched is written down.
class TaskWatchTest : public testing::Test {
 protected:
  TaskWatchTest() {
    TaskWatch::Events events;
    events.on_task = [this](const Value& task) {
      log_ += std::string(StringAt(task, {"metadata", "resourceVersion"})) + ";";
    };
    events.on_failed = [this](const Status& status) {
      log_ += std::string(ReasonName(status.reason())) + ";";
    };
    watch_ = std::make_shared<TaskWatch>(api_, GridCaller{}, TaskName{"n", "a"}, std::move(events));
  }
  static std::string Event(const std::string& type, const std::string& object) {
    return R"({"type":")" + type + R"(","object":)" + object + "}\n";
  }
  static std::string Task(const std::string& revision) {
    return R"({"metadata":{"resourceVersion":")" + revision + R"("}})";
  }
  void Reply(const std::string& body) {
    HttpReply reply;
    reply.body.emplace_back(body);
    std::exchange(exchange_, nullptr)->Reply(std::move(reply));
    executor_.RunUntilIdle();
  }
  void Open() {
    stream_ = exchange_->Stream(200, {}, {});
    exchange_.reset();
  }
  void Write(const std::string& text) {
    stream_->Write({SharedBytes(text)});
    executor_.RunUntilIdle();
  }
  std::string Said() { return std::exchange(log_, ""); }
  std::string Asked() { return exchange_ ? exchange_->request().query : "nothing"; }

  std::string log_;
  FakeClock clock_;
  FakeExecutor executor_{clock_};
  std::shared_ptr<HttpExchange> exchange_;
  std::shared_ptr<HttpStream> stream_;
  LocalApi api_{[this](std::shared_ptr<HttpExchange> exchange) { exchange_ = std::move(exchange); },
                executor_};
  std::shared_ptr<TaskWatch> watch_;
};

TEST_F(TaskWatchTest, ItGoesOnFromWhatItHasSeen) {
  watch_->Start();
  Reply(Task("5"));
  EXPECT_NE(Asked().find("resourceVersion=5"), std::string::npos);
  Open();
  Write(Event("MODIFIED", Task("6")) + Event("BOOKMARK", Task("9")).substr(0, 20));
  Write(Event("BOOKMARK", Task("9")).substr(20));
  EXPECT_EQ(Said(), "5;6;");
  stream_->Close();
  executor_.RunUntilIdle();
  executor_.Advance(std::chrono::seconds(1));
  EXPECT_NE(Asked().find("resourceVersion=9"), std::string::npos) << Asked();
}

TEST_F(TaskWatchTest, WhatIsTooOldIsReadAnew) {
  watch_->Start();
  Reply(Task("5"));
  Open();
  Write(Event("ERROR", R"({"kind":"Status","status":"Failure","reason":"Expired","code":410})"));
  EXPECT_EQ(Asked(), "") << "a read has no query";
  Reply(Task("50"));
  EXPECT_EQ(Said(), "5;50;");
}

TEST_F(TaskWatchTest, ADeletionIsTheLastThatIsHeard) {
  watch_->Start();
  Reply(Task("5"));
  Open();
  Write(Event("DELETED", Task("6")) + Event("ADDED", Task("7")));
  EXPECT_EQ(Said(), "5;NotFound;");
}

TEST_F(TaskWatchTest, WhoStopsItHearsNothing) {
  watch_->Start();
  Reply(Task("5"));
  Open();
  watch_->Stop();
  Write(Event("MODIFIED", Task("6")));
  EXPECT_EQ(Said(), "5;");
}

}  // namespace
}  // namespace noizy::apiserver
