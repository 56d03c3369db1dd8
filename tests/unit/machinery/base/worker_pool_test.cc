#include "machinery/base/worker_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>

namespace noizy {
namespace {

TEST(WorkerPoolTest, RunsSideBySide) {
  WorkerPool pool(2, 4);
  std::promise<void> first;
  std::promise<void> second;
  // Each waits for the other: one thread would never end.
  ASSERT_TRUE(pool.Run([&] {
    first.set_value();
    second.get_future().wait();
  }));
  std::promise<void> done;
  ASSERT_TRUE(pool.Run([&] {
    first.get_future().wait();
    second.set_value();
    done.set_value();
  }));
  done.get_future().wait();
}

TEST(WorkerPoolTest, RefusesWhatItHasNoRoomFor) {
  std::promise<void> started;
  std::promise<void> go_on;
  WorkerPool pool(1, 1);
  ASSERT_TRUE(pool.Run([&] {
    started.set_value();
    go_on.get_future().wait();
  }));
  started.get_future().wait();
  std::promise<void> ran;
  EXPECT_TRUE(pool.Run([&] { ran.set_value(); }));
  EXPECT_FALSE(pool.Run([] {}));
  go_on.set_value();
  ran.get_future().wait();
}

TEST(WorkerPoolTest, EndsAPauseWhenItIsDestroyed) {
  auto pool = std::make_unique<WorkerPool>(1, 1);
  std::promise<void> started;
  WorkerPool& paused = *pool;
  ASSERT_TRUE(pool->Run([&] {
    started.set_value();
    paused.Pause(std::chrono::hours(1));
  }));
  started.get_future().wait();
  pool.reset();  // returns
}

}  // namespace
}  // namespace noizy
