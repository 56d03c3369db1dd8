#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "machinery/os/fd.h"

namespace noizy {
namespace {

bool IsOpen(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(UniqueFdTest, ClosesWhatItHeldAndMovesOwnership) {
  auto pipe = MakePipe();
  ASSERT_TRUE(pipe.ok());
  const int read = pipe->read.get();
  {
    UniqueFd moved = std::move(pipe->read);
    EXPECT_EQ(moved.get(), read);
    EXPECT_FALSE(pipe->read);
    EXPECT_TRUE(IsOpen(read));
  }
  EXPECT_FALSE(IsOpen(read));
}

TEST(UniqueFdTest, ReleaseLeavesItOpen) {
  auto pipe = MakePipe();
  const int write = pipe->write.Release();
  pipe->write.Reset();
  EXPECT_TRUE(IsOpen(write));
  ::close(write);
}

TEST(PipeTest, CarriesBytesAndIsClosedOnExec) {
  auto pipe = MakePipe();
  ASSERT_TRUE(WriteAll(pipe->write.get(), "hello").ok());
  std::array<char, 8> buffer{};
  EXPECT_EQ(::read(pipe->read.get(), buffer.data(), buffer.size()), 5);
  EXPECT_NE(::fcntl(pipe->read.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(WriteAllTest, ReportsABadDescriptor) {
  EXPECT_EQ(WriteAll(-1, "x").reason(), StatusReason::kInternalError);
}

TEST(ReadSomeTest, ReadsWhatIsThereAndThenTheEnd) {
  auto pipe = MakePipe();
  std::array<char, 8> buffer{};
  ASSERT_TRUE(WriteAll(pipe->write.get(), "abc").ok());
  EXPECT_EQ(ReadSome(pipe->read.get(), buffer).ValueOr(99), 3U);
  pipe->write.Reset();
  EXPECT_EQ(ReadSome(pipe->read.get(), buffer).ValueOr(99), 0U);
  EXPECT_FALSE(ReadSome(-1, buffer).ok());
}

TEST(AwaitReadableTest, SaysWhichAndKeepsItsBound) {
  auto quiet = MakePipe();
  auto ready = MakePipe();
  ASSERT_TRUE(WriteAll(ready->write.get(), "x").ok());
  const std::array fds = {quiet->read.get(), -1, ready->read.get()};
  EXPECT_EQ(AwaitReadable(fds, std::chrono::seconds(30)), (std::vector{false, false, true}));
  EXPECT_EQ(AwaitReadable(std::array{quiet->read.get()}, std::chrono::milliseconds(1)),
            std::vector{false});
  quiet->write.Reset();
  EXPECT_EQ(AwaitReadable(std::array{quiet->read.get()}, std::chrono::seconds(30)),
            std::vector{true});
}

TEST(SystemErrorTest, PicksTheReasonAndSaysTheSystemsWords) {
  EXPECT_EQ(SystemError("open x", ENOENT).message(), "cannot open x: No such file or directory");
  EXPECT_EQ(SystemError("x", ENOENT).reason(), StatusReason::kNotFound);
  EXPECT_EQ(SystemError("x", EACCES).reason(), StatusReason::kForbidden);
  EXPECT_EQ(SystemError("x", EEXIST).reason(), StatusReason::kAlreadyExists);
  EXPECT_EQ(SystemError("x", ENOSPC).reason(), StatusReason::kServiceUnavailable);
  EXPECT_EQ(SystemError("x", EIO).reason(), StatusReason::kInternalError);
}

}  // namespace
}  // namespace noizy
