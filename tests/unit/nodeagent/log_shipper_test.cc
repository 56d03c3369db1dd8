#include "nodeagent/log_shipper.h"

#include "tests/unit/machinery/os/scratch.h"

namespace noizy::nodeagent {
namespace {

// A shipper, the file it ships and the server's copy of it.
class LogShipperTest : public testing::Test {
 protected:
  LogShipperTest() {
    LogShipper::Hooks hooks;
    hooks.send = [this](v1::AgentMessage message) {
      if (busy_) return false;
      chunks_.push_back(message.log());
      return true;
    };
    hooks.on_done = [this] { ++done_; };
    shipper_ = std::make_shared<LogShipper>(v1::AttemptRef(), scratch_ / "log", executor_,
                                            std::move(hooks));
  }
  void Grow(const std::string& bytes) {
    file_ += bytes;
    ASSERT_TRUE(WriteFileAtomically(scratch_ / "log", file_, Durability::kAtomic).ok());
    shipper_->OnOutput();
  }
  void Ack(std::int64_t offset, bool refused = false) {
    v1::LogAck ack;
    ack.set_offset(offset);
    ack.set_refused(refused);
    shipper_->OnAck(ack);
  }
  // Takes the chunks under way as a server does, each acknowledged, until no more come.
  void Serve() {
    while (!chunks_.empty()) {
      const v1::LogChunk chunk = chunks_.front();
      chunks_.erase(chunks_.begin());
      const auto size = static_cast<std::int64_t>(copy_.size());
      if (chunk.offset() <= size) {
        copy_ = copy_.substr(0, static_cast<std::size_t>(chunk.offset())) + chunk.data();
        ended_ = ended_ || chunk.end();
      }
      Ack(static_cast<std::int64_t>(copy_.size()));
    }
  }
  std::size_t BytesUnderWay() const {
    std::size_t bytes = 0;
    for (const v1::LogChunk& chunk : chunks_) bytes += chunk.data().size();
    return bytes;
  }

  ScratchFolder scratch_;
  FakeClock clock_;
  FakeExecutor executor_{clock_};
  std::vector<v1::LogChunk> chunks_;
  std::string file_;
  std::string copy_;
  bool ended_ = false;
  bool busy_ = false;
  int done_ = 0;
  std::shared_ptr<LogShipper> shipper_;
};

TEST_F(LogShipperTest, ShipsAsTheFileGrowsAndThenTheEnd) {
  shipper_->Begin();
  EXPECT_TRUE(chunks_.empty());
  Grow("one\n");
  Serve();
  Grow("two\n");
  Serve();
  EXPECT_EQ(done_, 0);
  shipper_->OnEnd();
  Serve();
  EXPECT_EQ(copy_, "one\ntwo\n");
  EXPECT_TRUE(ended_);
  EXPECT_EQ(done_, 1);
  EXPECT_TRUE(shipper_->done());
}

TEST_F(LogShipperTest, EndGoesWithTheLastBytesAndWithoutAny) {
  Grow("all");
  shipper_->OnEnd();
  shipper_->Begin();
  ASSERT_EQ(chunks_.size(), 1U);
  EXPECT_TRUE(chunks_[0].end());
  Serve();
  EXPECT_EQ(done_, 1);
}

TEST_F(LogShipperTest, TaskWithoutOutputEndsToo) {
  shipper_->Begin();
  shipper_->OnEnd();
  ASSERT_EQ(chunks_.size(), 1U);
  EXPECT_TRUE(chunks_[0].data().empty());
  Serve();
  EXPECT_EQ(done_, 1);
}

TEST_F(LogShipperTest, KeepsItsWindow) {
  Grow(std::string(1'000'000, 'x'));
  shipper_->OnEnd();
  shipper_->Begin();
  EXPECT_EQ(BytesUnderWay(), static_cast<std::size_t>(LogShipper::kWindowBytes));
  Serve();
  EXPECT_TRUE(copy_ == file_);
  EXPECT_EQ(done_, 1);
}

TEST_F(LogShipperTest, GathersSmallChunksWhileManyAreUnderWay) {
  shipper_->Begin();
  for (int i = 0; i < 100; ++i) Grow("line\n");
  EXPECT_EQ(chunks_.size(), static_cast<std::size_t>(LogShipper::kWindowChunks));
  Serve();
  EXPECT_EQ(copy_, file_);
}

TEST_F(LogShipperTest, GoesOnWhereTheServerSays) {
  shipper_->Begin();
  Grow("0123456789");
  // The connection broke: the server got four bytes of it.
  copy_ = "0123";
  chunks_.clear();
  shipper_->OnDisconnected();
  Grow("abc");
  EXPECT_TRUE(chunks_.empty());
  shipper_->Resume();
  EXPECT_TRUE(chunks_.empty());
  Ack(4);
  ASSERT_EQ(chunks_.size(), 1U);
  EXPECT_EQ(chunks_[0].offset(), 4);
  EXPECT_EQ(chunks_[0].data(), "456789abc");
}

TEST_F(LogShipperTest, GoesOnByItselfWhenTheServerSaysNothing) {
  Grow("abc");
  shipper_->Resume();
  executor_.Advance(LogShipper::kResumeBound - Duration(1));
  EXPECT_TRUE(chunks_.empty());
  executor_.Advance(Duration(1));
  ASSERT_EQ(chunks_.size(), 1U);
  EXPECT_EQ(chunks_[0].offset(), 0);
}

TEST_F(LogShipperTest, GoesBackToWhatTheServerLacks) {
  shipper_->Begin();
  Grow("0123456789");
  Serve();
  Grow("abc");
  Grow("def");
  ASSERT_EQ(chunks_.size(), 2U);
  // It lost its last four bytes and refuses what lies behind the gap, chunk by chunk.
  copy_ = "012345";
  chunks_.clear();
  Ack(6);
  Ack(6);
  ASSERT_EQ(chunks_.size(), 1U);
  EXPECT_EQ(chunks_[0].offset(), 6);
  Serve();
  EXPECT_EQ(copy_, file_);
}

// A server whose disk is full says again and again where it stands.
TEST_F(LogShipperTest, TriesAgainAsOftenAsItIsTold) {
  shipper_->Begin();
  Grow("abc");
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(chunks_.size(), 1U) << i;
    chunks_.clear();
    Ack(0);
  }
  Serve();
  EXPECT_EQ(copy_, "abc");
}

TEST_F(LogShipperTest, SkipsWhatTheServerHas) {
  // As after a restart of the agent, which does not know how far it was.
  Grow("0123456789");
  shipper_->OnEnd();
  shipper_->Begin();
  chunks_.clear();
  Ack(10);
  Serve();
  EXPECT_EQ(done_, 1);
}

TEST_F(LogShipperTest, TriesAgainWhenTheSessionIsBusy) {
  busy_ = true;
  shipper_->Begin();
  Grow("abc");
  EXPECT_TRUE(chunks_.empty());
  busy_ = false;
  executor_.Advance(LogShipper::kRetry);
  EXPECT_EQ(chunks_.size(), 1U);
}

TEST_F(LogShipperTest, RefusedIsOver) {
  shipper_->Begin();
  Grow("abc");
  Ack(0, true);
  EXPECT_EQ(done_, 1);
  Grow("def");
  EXPECT_EQ(chunks_.size(), 1U);
}

}  // namespace
}  // namespace noizy::nodeagent
