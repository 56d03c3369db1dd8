#include "nodeagent/payload_download.h"

#include <gtest/gtest.h>

#include "machinery/os/files.h"
#include "machinery/pki/pki.h"
#include "tests/unit/machinery/os/scratch.h"
#include "tests/unit/nodeagent/fake_payload.h"

namespace noizy::nodeagent {
namespace {

class PayloadChannel final : public AgentChannel {
 public:
  explicit PayloadChannel(FakePayload& payload) : payload_(payload) {}
  std::shared_ptr<AgentSession> OpenSession(AgentSessionEvents) override { return nullptr; }
  std::shared_ptr<PayloadFetch> FetchPayload(const v1::PayloadRequest& request,
                                             PayloadEvents events) override {
    return payload_.Fetch(request, std::move(events));
  }

 private:
  FakePayload& payload_;
};

class PayloadDownloadTest : public testing::Test {
 protected:
  PayloadDownloadTest() {
    payload_.bytes = "0123456789";
    ref_.set_sha256(Sha256Hex(payload_.bytes));
    ref_.set_size_bytes(10);
  }

  void Start() {
    download_ = std::make_shared<PayloadDownload>(
        PayloadDownload::Context{channel_, executor_, disk_}, v1::AttemptRef(), ref_, path_,
        [this](const Status& status) { ended_.push_back(status); });
    download_->Start();
    Run();
  }
  void Run() {
    while (disk_.RunUntilIdle() + executor_.RunUntilIdle() > 0) {
    }
  }
  // The end, which is a failure with these words.
  void ExpectFailure(const std::string& words) {
    ASSERT_EQ(ended_.size(), 1U);
    EXPECT_NE(ended_.front().message().find(words), std::string::npos) << ended_.front().ToString();
  }

  ScratchFolder scratch_;
  const std::string path_ = scratch_ / "payload";
  FakeClock clock_;
  FakeExecutor executor_{clock_};
  FakeExecutor disk_{clock_};
  FakePayload payload_;
  PayloadChannel channel_{payload_};
  v1::PayloadRef ref_;
  std::vector<Status> ended_;
  std::shared_ptr<PayloadDownload> download_;
};

TEST_F(PayloadDownloadTest, AllOfItIsWrittenAndChecked) {
  Start();
  ASSERT_EQ(ended_.size(), 1U);
  EXPECT_TRUE(ended_.front().ok()) << ended_.front().ToString();
  EXPECT_EQ(ReadFile(path_).ValueOr(""), "0123456789");
}

TEST_F(PayloadDownloadTest, ABrokenConnectionGoesOnWhereItStopped) {
  payload_.ends = {{4, Unavailable("reset")}, {8, Timeout("silent")}, {8, Unavailable("down")}};
  Start();
  EXPECT_TRUE(ended_.empty());
  for (int i = 0; i < 3; ++i) {
    executor_.Advance(PayloadDownload::kMostBackoff);
    Run();
  }
  ASSERT_EQ(ended_.size(), 1U);
  EXPECT_TRUE(ended_.front().ok()) << ended_.front().ToString();
  EXPECT_EQ(payload_.offsets, (std::vector<std::int64_t>{0, 4, 8, 8}));
  EXPECT_EQ(ReadFile(path_).ValueOr(""), "0123456789");
}

TEST_F(PayloadDownloadTest, TriesThatBringNothingComeLessOften) {
  payload_.ends.assign(4, {0, Unavailable("down")});
  Start();
  std::vector<std::size_t> tries;
  for (int i = 0; i < 4; ++i) {
    executor_.Advance(2 * PayloadDownload::kLeastBackoff);
    Run();
    tries.push_back(payload_.offsets.size());
  }
  EXPECT_EQ(tries, (std::vector<std::size_t>{2, 2, 3, 3}));
}

TEST_F(PayloadDownloadTest, OtherBytesThanTheDigestsAreNoPayload) {
  ref_.set_sha256(Sha256Hex("others"));
  Start();
  ExpectFailure("SHA-256");
}

TEST_F(PayloadDownloadTest, TooFewAndTooManyBytesAreNoPayload) {
  payload_.bytes = "0123";
  Start();
  ExpectFailure("has 4 bytes of the 10");
  ended_.clear();
  payload_.bytes = "0123456789ab";
  Start();
  ExpectFailure("more than");
}

TEST_F(PayloadDownloadTest, WhatTheControlPlaneRefusesIsFinal) {
  payload_.ends = {{4, NotFound("payloads", "x").WithContext("lost the payload")}};
  Start();
  ExpectFailure("lost the payload");
}

TEST_F(PayloadDownloadTest, ADiskThatTakesNothingIsFinal) {
  ASSERT_TRUE(RemoveTree(scratch_.path()).ok());
  Start();
  ExpectFailure("store the payload");
}

TEST_F(PayloadDownloadTest, LetGoOfItIsSilentAndEndsTheFetch) {
  payload_.held = true;
  Start();
  download_.reset();
  EXPECT_EQ(payload_.cancelled, 1);
  payload_.Release();
  Run();
  EXPECT_TRUE(ended_.empty());
}

}  // namespace
}  // namespace noizy::nodeagent
