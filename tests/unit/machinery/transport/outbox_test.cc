#include "machinery/transport/outbox.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

namespace noizy {
namespace {

struct Text {
  std::string text;
  std::size_t ByteSizeLong() const { return text.size(); }
  void Clear() { text.clear(); }
};
using TextOutbox = Outbox<Text>;

TEST(Outbox, WritesOneAtATimeInOrder) {
  TextOutbox outbox(100);
  EXPECT_EQ(outbox.Push({"a"}), OutboxStep::kWrite);
  EXPECT_EQ(outbox.Current().text, "a");
  EXPECT_EQ(outbox.Push({"b"}), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Push({"c"}), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Queued(), 3U);
  EXPECT_EQ(outbox.Current().text, "a");
  EXPECT_EQ(outbox.Written(true), OutboxStep::kWrite);
  EXPECT_EQ(outbox.Current().text, "b");
  EXPECT_EQ(outbox.Written(true), OutboxStep::kWrite);
  EXPECT_EQ(outbox.Current().text, "c");
  EXPECT_EQ(outbox.Written(true), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Queued(), 0U);
}

TEST(Outbox, FinishingWaitsForWhatIsQueued) {
  TextOutbox outbox(100);
  EXPECT_EQ(outbox.Push({"a"}), OutboxStep::kWrite);
  EXPECT_EQ(outbox.Push({"b"}), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Finish(), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Push({"late"}), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Written(true), OutboxStep::kWrite);
  EXPECT_EQ(outbox.Current().text, "b");
  EXPECT_EQ(outbox.Written(true), OutboxStep::kEnd);
}

TEST(Outbox, AnIdleOneEndsAtOnceAndOnlyOnce) {
  TextOutbox outbox(100);
  EXPECT_EQ(outbox.Finish(), OutboxStep::kEnd);
  EXPECT_EQ(outbox.Finish(), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Abandon(), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Push({"a"}), OutboxStep::kNothing);
}

TEST(Outbox, AbandoningDropsWhatWaitsAndEndsAfterTheWrite) {
  TextOutbox outbox(100);
  EXPECT_EQ(outbox.Push({"a"}), OutboxStep::kWrite);
  EXPECT_EQ(outbox.Push({"b"}), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Abandon(), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Queued(), 1U);
  EXPECT_EQ(outbox.Written(false), OutboxStep::kEnd);
}

TEST(Outbox, ABrokenStreamTakesNothingAnyMoreButEndsOnlyWhenTold) {
  TextOutbox outbox(100);
  EXPECT_EQ(outbox.Push({"a"}), OutboxStep::kWrite);
  EXPECT_EQ(outbox.Push({"b"}), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Written(false), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Queued(), 0U);
  EXPECT_EQ(outbox.Push({"c"}), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Abandon(), OutboxStep::kEnd);
}

TEST(Outbox, MemoryIsBoundedAndTheOverflowIsToldOnce) {
  TextOutbox outbox(10);
  EXPECT_EQ(outbox.Push({std::string(50, 'x')}), OutboxStep::kWrite);  // one may be of any size
  EXPECT_EQ(outbox.Push({std::string(50, 'y')}), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Push({"z"}), OutboxStep::kOverflow);
  EXPECT_EQ(outbox.Push({"z"}), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Queued(), 1U);
  EXPECT_EQ(outbox.Released(), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Abandon(), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Written(false), OutboxStep::kEnd);
}

TEST(Outbox, SmallMessagesUpToTheBoundAreKept) {
  TextOutbox outbox(10);
  EXPECT_EQ(outbox.Push({"0"}), OutboxStep::kWrite);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(outbox.Push({"."}), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Push({"."}), OutboxStep::kOverflow);
}

TEST(Outbox, TheStreamIsNotEndedWhileSomebodyStillCancelsIt) {
  TextOutbox outbox(1);
  EXPECT_EQ(outbox.Push({"a"}), OutboxStep::kWrite);
  EXPECT_EQ(outbox.Push({"bb"}), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Push({"cc"}), OutboxStep::kOverflow);
  EXPECT_EQ(outbox.Abandon(), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Written(false), OutboxStep::kNothing);
  EXPECT_EQ(outbox.Released(), OutboxStep::kEnd);
}

TEST(Outbox, ManyThreadsWriteEachMessageOnceAndEndOnce) {
  TextOutbox outbox(1 << 20);
  std::multiset<std::string> written;
  std::atomic<int> ends = 0;
  Mutex mutex;
  // Whoever gets kWrite is the only writer, as with gRPC.
  const auto handle = [&](OutboxStep step) {
    while (step == OutboxStep::kWrite) {
      {
        MutexLock lock(mutex);
        written.insert(outbox.Current().text);
      }
      step = outbox.Written(true);
    }
    if (step == OutboxStep::kEnd) ++ends;
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) handle(outbox.Push({std::to_string(t * 1000 + i)}));
    });
  }
  for (auto& thread : threads) thread.join();
  handle(outbox.Finish());
  EXPECT_EQ(written.size(), 2000U);
  EXPECT_EQ(std::set<std::string>(written.begin(), written.end()).size(), 2000U);
  EXPECT_EQ(ends, 1);
}

}  // namespace
}  // namespace noizy
