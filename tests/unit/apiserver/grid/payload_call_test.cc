#include "apiserver/grid/payload_call.h"

#include "apiserver/payloads/streamed_payload.h"
#include "machinery/os/files.h"
#include "machinery/pki/pki.h"
#include "tests/unit/apiserver/grid/grid_fixture.h"

namespace noizy::apiserver {
namespace {

class PayloadCallTest : public GridServiceTest {
 protected:
  static v1::PayloadChunk TaskChunk(const std::string& name, const std::string& manifest = "") {
    v1::PayloadChunk chunk;
    chunk.mutable_task()->set_name(name);
    chunk.mutable_task()->mutable_exec()->add_command("true");
    chunk.mutable_task()->set_manifest(manifest);
    return chunk;
  }
  static v1::PayloadChunk Data(std::string bytes) {
    v1::PayloadChunk chunk;
    chunk.set_data(std::move(bytes));
    return chunk;
  }
  static Status Take(PayloadIntake& call, v1::PayloadChunk chunk) {
    Box<Status> taken;
    call.Take(std::move(chunk), [&](Status status) { taken.Put(std::move(status)); });
    return taken.Await(1).at(0);
  }
  static Result<v1::SubmitTaskResponse> Finish(PayloadIntake& call) {
    Box<Result<v1::SubmitTaskResponse>> made;
    call.Finish([&](auto answer) { made.Put(std::move(answer)); });
    return made.Await(1).at(0);
  }
  // The whole of a call; the first failure.
  Result<v1::SubmitTaskResponse> Stream(const GridCaller& caller,
                                        const std::vector<v1::PayloadChunk>& chunks) {
    const auto call = grid_.StreamPayload(caller);
    for (const v1::PayloadChunk& chunk : chunks) {
      if (const Status taken = Take(*call, chunk); !taken.ok()) return taken;
    }
    return Finish(*call);
  }
  // What is on the disk once all that the disk had to do is done.
  std::vector<std::string> Files() {
    Box<int> done;
    disk_.Post([&] { disk_.Post([&] { done.Put(1); }); });
    (void)done.Await(1);
    return *ListFolder(payload_folder_);
  }

  const std::string large_ = std::string(kMaxPayloadBytes - 3, '\xff') + "abcdefgh";
};

TEST_F(PayloadCallTest, ASmallTextIsPartOfItsTask) {
  const auto made = Stream(admin_, {TaskChunk("a"), Data("one "), Data("two")});
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  EXPECT_EQ(made->payload_bytes(), 7);
  EXPECT_EQ(Call("GET", TaskPath("a")).Text({"spec", "payload"}), "one two");
  EXPECT_TRUE(Files().empty());
}

TEST_F(PayloadCallTest, WhatATaskCannotHoldIsAFileThatItNames) {
  for (const std::string& bytes : {large_, std::string("\xff\0", 2)}) {
    const std::string name = "t" + std::to_string(bytes.size());
    const auto made = Stream(admin_, {TaskChunk(name), Data(bytes.substr(0, bytes.size() - 1)),
                                      Data(bytes.substr(bytes.size() - 1))});
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    EXPECT_EQ(made->payload_bytes(), static_cast<std::int64_t>(bytes.size()));
    const Answer task = Call("GET", TaskPath(name));
    EXPECT_EQ(task.Text({"spec", "payload"}), "");
    EXPECT_EQ(task.Text({"spec", "payloadRef", "sha256"}), Sha256Hex(bytes));
    EXPECT_EQ(IntAt(task.body, {"spec", "payloadRef", "sizeBytes"}),
              static_cast<std::int64_t>(bytes.size()));
    EXPECT_EQ(ReadFile(payload_folder_ + "/" + Sha256Hex(bytes)).ValueOr(""), bytes);
  }
  EXPECT_EQ(Files().size(), 2U);
}

TEST_F(PayloadCallTest, ACallThatBreaksOffLeavesNothing) {
  auto call = grid_.StreamPayload(admin_);
  ASSERT_TRUE(Take(*call, TaskChunk("a")).ok());
  ASSERT_TRUE(Take(*call, Data(large_)).ok());
  EXPECT_EQ(Files().size(), 1U);
  call.reset();
  EXPECT_TRUE(Files().empty());
  EXPECT_EQ(Call("GET", TaskPath("a")).code, 404);
}

TEST_F(PayloadCallTest, WhoMayNotMakeTheTaskHearsItBeforeTheDiskIsUsed) {
  const auto call = grid_.StreamPayload(nobody_);
  ASSERT_TRUE(Take(*call, TaskChunk("a")).ok());
  EXPECT_EQ(Take(*call, Data(large_)).reason(), StatusReason::kForbidden);
  EXPECT_TRUE(Files().empty());
}

TEST_F(PayloadCallTest, ATaskThatCannotBeMadeLeavesNothing) {
  ASSERT_TRUE(Stream(admin_, {TaskChunk("a"), Data("x")}).ok());
  EXPECT_EQ(Stream(admin_, {TaskChunk("a"), Data(large_)}).status().reason(),
            StatusReason::kAlreadyExists);
  const auto both = Stream(admin_, {TaskChunk("b", "{spec: {payload: own}}"), Data(large_)});
  EXPECT_EQ(both.status().reason(), StatusReason::kInvalid);
  EXPECT_NE(both.status().message().find("one of the two"), std::string::npos);
  EXPECT_TRUE(Files().empty());
}

TEST_F(PayloadCallTest, MoreThanTheBoundIsRefusedWithIt) {
  const auto refused =
      Stream(admin_, {TaskChunk("a"), Data(large_), Data(large_), Data(large_), Data(large_)});
  EXPECT_EQ(refused.status().reason(), StatusReason::kRequestEntityTooLarge);
  EXPECT_NE(refused.status().message().find("3145728 bytes"), std::string::npos);
  EXPECT_TRUE(Files().empty());
}

TEST_F(PayloadCallTest, TheTaskComesFirstAndOnce) {
  const auto refused = StatusReason::kBadRequest;
  EXPECT_EQ(Stream(admin_, {}).status().reason(), refused);
  EXPECT_EQ(Stream(admin_, {Data("a")}).status().reason(), refused);
  EXPECT_EQ(Stream(admin_, {TaskChunk("a"), TaskChunk("b")}).status().reason(), refused);
}

}  // namespace
}  // namespace noizy::apiserver
