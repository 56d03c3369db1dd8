#include "apiserver/storage/sqlite/write_queue.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/apiserver/storage/store_testing.h"

namespace noizy::apiserver {
namespace {

constexpr Duration kNotAtAll = Duration::zero();

Status Push(WriteQueue& queue, const std::string& name, std::size_t bytes = 10) {
  WriteOp op = PutOp(TaskKey(name), 0);
  op.body.bytes = std::string(bytes, 'x');
  QueuedWrite write;
  write.ops.push_back(std::move(op));
  return queue.Push(write);
}

std::vector<std::string> TakeNames(WriteQueue& queue) {
  std::vector<std::string> names;
  for (const QueuedWrite& write : queue.Take(kNotAtAll)) names.push_back(write.ops.at(0).key.name);
  return names;
}

TEST(WriteQueueTest, FirstInFirstOut) {
  WriteQueue queue;
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(Push(queue, name).ok());
  EXPECT_EQ(queue.Depth(), 3U);
  EXPECT_EQ(TakeNames(queue), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(TakeNames(queue), std::vector<std::string>());
}

TEST(WriteQueueTest, ABatchHasBounds) {
  QueueLimits limits;
  limits.batch_writes = 2;
  limits.batch_bytes = 100;
  WriteQueue queue(limits);
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(Push(queue, name).ok());
  ASSERT_TRUE(Push(queue, "large", 5000).ok());
  EXPECT_EQ(TakeNames(queue), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(TakeNames(queue), (std::vector<std::string>{"c"}));
  EXPECT_EQ(TakeNames(queue), (std::vector<std::string>{"large"})) << "alone, but not never";
}

TEST(WriteQueueTest, AFullQueueRefusesAndLeavesTheWriteAlone) {
  QueueLimits limits;
  limits.queued_writes = 2;
  limits.queued_bytes = 100;
  WriteQueue queue(limits);
  EXPECT_FALSE(Push(queue, "large", 101).ok());
  ASSERT_TRUE(Push(queue, "a", 60).ok());
  EXPECT_FALSE(Push(queue, "b", 60).ok());
  ASSERT_TRUE(Push(queue, "b", 1).ok());
  QueuedWrite third;
  third.ops.push_back(PutOp(TaskKey("c"), 0));
  EXPECT_EQ(queue.Push(third).reason(), StatusReason::kServiceUnavailable);
  EXPECT_EQ(third.ops.size(), 1U);
  TakeNames(queue);
  EXPECT_TRUE(Push(queue, "d", 100).ok()) << "what was taken no longer counts";
}

TEST(WriteQueueTest, AClosedQueueGivesOutWhatItHas) {
  WriteQueue queue;
  ASSERT_TRUE(Push(queue, "a").ok());
  queue.Close();
  EXPECT_TRUE(queue.Closed());
  EXPECT_EQ(Push(queue, "b").message(), "the store is closing");
  EXPECT_EQ(TakeNames(queue), (std::vector<std::string>{"a"}));
  EXPECT_TRUE(queue.Take(kPatience).empty()) << "at once";
}

TEST(WriteQueueTest, APokeEndsOneTake) {
  WriteQueue queue;
  queue.Poke();
  EXPECT_TRUE(queue.Take(kPatience).empty());
  std::thread poker([&queue] { queue.Poke(); });
  EXPECT_TRUE(queue.Take(kPatience).empty());
  poker.join();
}

TEST(WriteQueueTest, ATakeWaitsForAWrite) {
  WriteQueue queue;
  std::thread writer([&queue] { EXPECT_TRUE(Push(queue, "a").ok()); });
  EXPECT_EQ(queue.Take(kPatience).size(), 1U);
  writer.join();
}

}  // namespace
}  // namespace noizy::apiserver
