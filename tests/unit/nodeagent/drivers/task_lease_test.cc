#include "nodeagent/drivers/task_lease.h"

#include "machinery/os/fifo.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::nodeagent {
namespace {

MonotonicTime At(int seconds) {
  return MonotonicTime(std::chrono::seconds(seconds));
}

TEST(TaskLeaseTest, TheLatestTimeCounts) {
  const ScratchFolder scratch;
  ASSERT_TRUE(MakeTaskLease(scratch.path()).ok());
  auto lease = TaskLease::Open(scratch.path());
  ASSERT_TRUE(lease.ok()) << lease.status().ToString();
  EXPECT_FALSE(lease->Read().has_value());
  for (const int seconds : {5, 9, 7}) {
    ASSERT_TRUE(RenewTaskLease(scratch.path(), At(seconds)).ok());
  }
  EXPECT_EQ(lease->Read(), At(9));
  EXPECT_FALSE(lease->Read().has_value());
}

TEST(TaskLeaseTest, ReadsMoreThanOneBufferful) {
  const ScratchFolder scratch;
  ASSERT_TRUE(MakeTaskLease(scratch.path()).ok());
  auto lease = TaskLease::Open(scratch.path());
  ASSERT_TRUE(lease.ok());
  for (int i = 1; i <= 128; ++i) ASSERT_TRUE(RenewTaskLease(scratch.path(), At(i)).ok());
  EXPECT_EQ(lease->Read(), At(128));
}

TEST(TaskLeaseTest, WithoutALeaseOrASupervisorARenewalIsNothing) {
  const ScratchFolder scratch;
  EXPECT_TRUE(RenewTaskLease(scratch.path(), At(1)).ok());
  EXPECT_FALSE(HasTaskLease(scratch.path()));
  ASSERT_TRUE(MakeTaskLease(scratch.path()).ok());
  EXPECT_TRUE(HasTaskLease(scratch.path()));
  EXPECT_TRUE(RenewTaskLease(scratch.path(), At(1)).ok());
}

TEST(FifoTest, SaysWhoIsMissingAndWhatIsFull) {
  const ScratchFolder scratch;
  const std::string path = scratch / "pipe";
  EXPECT_EQ(SendToFifo(path, "x").reason(), StatusReason::kNotFound);
  ASSERT_TRUE(MakeFifo(path).ok());
  EXPECT_EQ(MakeFifo(path).reason(), StatusReason::kAlreadyExists);
  EXPECT_EQ(SendToFifo(path, "x").reason(), StatusReason::kNotFound);
  const auto reader = OpenFifo(path);
  ASSERT_TRUE(reader.ok());
  Status sent;
  for (int i = 0; i < 1000 && sent.ok(); ++i) sent = SendToFifo(path, std::string(4096, 'x'));
  EXPECT_EQ(sent.reason(), StatusReason::kServiceUnavailable) << sent.ToString();
}

}  // namespace
}  // namespace noizy::nodeagent
