#include <fcntl.h>
#include <unistd.h>

#include <atomic>

#include "machinery/base/mutex.h"
#include "machinery/os/fd.h"
#include "machinery/os/fd_watcher.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy {
namespace {

// Counts calls and lets a test wait for them.
class Bell {
 public:
  void Ring() {
    MutexLock lock(mutex_);
    ++rings_;
    rung_.NotifyAll();
  }
  bool AwaitRings(int count) {
    MutexLock lock(mutex_);
    while (rings_ < count) {
      if (!rung_.WaitFor(mutex_, std::chrono::seconds(30))) return false;
    }
    return true;
  }
  int rings() {
    MutexLock lock(mutex_);
    return rings_;
  }

 private:
  Mutex mutex_;
  CondVar rung_;
  int rings_ NOIZY_GUARDED_BY(mutex_) = 0;
};

TEST(FdWatcherTest, TellsOfReadabilityOnce) {
  FdWatcher watcher;
  Bell bell;
  Bell other_bell;
  auto pipe = MakePipe();
  auto other = MakePipe();
  ASSERT_TRUE(watcher.WatchOnce(pipe->read.get(), [&] { bell.Ring(); }).ok());
  ASSERT_TRUE(WriteAll(pipe->write.get(), "xx").ok());
  ASSERT_TRUE(bell.AwaitRings(1));
  // The bytes are still there; a second watch, told in between, shows that the first does not ring
  // again.
  ASSERT_TRUE(watcher.WatchOnce(other->read.get(), [&] { other_bell.Ring(); }).ok());
  ASSERT_TRUE(WriteAll(other->write.get(), "x").ok());
  ASSERT_TRUE(other_bell.AwaitRings(1));
  EXPECT_EQ(bell.rings(), 1);
}

TEST(FdWatcherTest, UnwatchedIsSilent) {
  FdWatcher watcher;
  Bell bell;
  Bell kept;
  auto pipe = MakePipe();
  auto other = MakePipe();
  const auto id = watcher.WatchOnce(pipe->read.get(), [&] { bell.Ring(); });
  ASSERT_TRUE(watcher.WatchOnce(other->read.get(), [&] { kept.Ring(); }).ok());
  watcher.Unwatch(*id);
  watcher.Unwatch(*id);
  ASSERT_TRUE(WriteAll(pipe->write.get(), "x").ok());
  ASSERT_TRUE(WriteAll(other->write.get(), "x").ok());
  ASSERT_TRUE(kept.AwaitRings(1));
  EXPECT_EQ(bell.rings(), 0);
}

TEST(FdWatcherTest, TellsOfGrowthAndReplacementInAFolder) {
  const ScratchFolder scratch;
  FdWatcher watcher;
  Bell bell;
  ASSERT_TRUE(watcher.WatchFolder(scratch.path(), [&] { bell.Ring(); }).ok());
  const UniqueFd file(::open((scratch / "log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  ASSERT_TRUE(bell.AwaitRings(1));
  const int before = bell.rings();
  ASSERT_TRUE(WriteAll(file.get(), "line").ok());
  ASSERT_TRUE(bell.AwaitRings(before + 1));
  const int grown = bell.rings();
  ASSERT_TRUE(WriteFileAtomically(scratch / "state", "x").ok());
  EXPECT_TRUE(bell.AwaitRings(grown + 1));
}

TEST(FdWatcherTest, RefusesWhatIsNotThere) {
  FdWatcher watcher;
  EXPECT_EQ(watcher.WatchFolder("/no/such", [] {}).status().reason(), StatusReason::kNotFound);
  EXPECT_FALSE(watcher.WatchOnce(-1, [] {}).ok());
}

TEST(FdWatcherTest, StopsWithWatchesOpen) {
  auto pipe = MakePipe();
  FdWatcher watcher;
  EXPECT_TRUE(watcher.WatchOnce(pipe->read.get(), [] {}).ok());
}

}  // namespace
}  // namespace noizy
