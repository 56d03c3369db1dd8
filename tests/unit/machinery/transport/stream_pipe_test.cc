#include "machinery/transport/stream_pipe.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace noizy {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLong{20'000};

TEST(StreamPipeTest, HandsOverInOrder) {
  StreamPipe pipe;
  EXPECT_FALSE(pipe.Take(milliseconds(1)).ended);
  EXPECT_TRUE(pipe.PutHead(200, {{"a", "b"}}));
  EXPECT_TRUE(pipe.PutBytes("one "));
  EXPECT_TRUE(pipe.PutBytes("two"));
  StreamPipe::Taken taken = pipe.Take(kLong);
  ASSERT_TRUE(taken.head.has_value());
  EXPECT_EQ(taken.head->first, 200);
  EXPECT_EQ(taken.bytes, "one two");
  EXPECT_FALSE(taken.ended);
  pipe.PutBytes("three");
  pipe.End(Timeout("late"));
  taken = pipe.Take(kLong);
  EXPECT_FALSE(taken.head.has_value());
  EXPECT_EQ(taken.bytes, "three");
  EXPECT_TRUE(taken.ended);
  EXPECT_TRUE(pipe.AwaitEnd(milliseconds(0)));
  EXPECT_EQ(pipe.status().reason(), StatusReason::kTimeout);
}

TEST(StreamPipeTest, HoldsTheReaderBack) {
  StreamPipe pipe;
  std::atomic<int> put = 0;
  constexpr int kPieces = 8;
  const std::string piece(StreamPipe::kBytes / 2, 'x');
  std::thread reading([&] {
    for (int i = 0; i < kPieces; ++i) {
      pipe.PutBytes(piece);
      ++put;
    }
    pipe.End({});
  });
  std::size_t received = 0;
  while (true) {
    const StreamPipe::Taken taken = pipe.Take(kLong);
    EXPECT_LE(taken.bytes.size(), 2 * StreamPipe::kBytes);
    received += taken.bytes.size();
    if (taken.ended) break;
  }
  reading.join();
  EXPECT_EQ(received, kPieces * piece.size());
}

TEST(StreamPipeTest, FreesAReaderWhoseCallerLeft) {
  StreamPipe pipe;
  std::atomic<bool> refused = false;
  std::thread reading([&] {
    while (pipe.PutBytes(std::string(StreamPipe::kBytes, 'x'))) {
    }
    refused = true;
    pipe.End({});
  });
  pipe.Abandon();
  reading.join();
  EXPECT_TRUE(refused);
  EXPECT_FALSE(pipe.PutHead(200, {}));
}

}  // namespace
}  // namespace noizy
