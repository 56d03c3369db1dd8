#include "apiserver/resources/write_group.h"

#include <gtest/gtest.h>

#include <optional>

#include "apiserver/storage/memory_store.h"

namespace noizy::apiserver {
namespace {

class WriteGroupTest : public ::testing::Test {
 protected:
  static WriteOp Creation(const std::string& name) {
    return {WriteOp::Kind::kPut, {"tasks", "ns", name}, 0, {R"({"v":""})", 6}, {}};
  }
  static WriteGroup::Done Into(std::optional<Status>& answer) {
    return [&answer](const Result<StoredObjectPtr>& result) { answer = result.status(); };
  }

  FakeClock clock_;
  MemoryStore store_{clock_};
  std::optional<Status> first_;
  std::optional<Status> second_;
};

TEST_F(WriteGroupTest, CommitsWhenTheLastHasDecided) {
  const auto group = std::make_shared<WriteGroup>(store_, 3);
  GroupMember a(group);
  GroupMember b(group);
  GroupMember c(group);
  a.Join(Creation("a"), Into(first_));
  c.Answered(Status::Ok());
  EXPECT_FALSE(first_);
  EXPECT_EQ(store_.Get({"tasks", "ns", "a"}), nullptr);
  b.Join(Creation("b"), Into(second_));
  EXPECT_TRUE(first_->ok());
  EXPECT_TRUE(second_->ok());
  EXPECT_NE(store_.Get({"tasks", "ns", "a"}), nullptr);
  a.Answered(Conflict("tasks", "a", "after its answer it has no say"));
}

TEST_F(WriteGroupTest, OneRefusalEndsAll) {
  const auto group = std::make_shared<WriteGroup>(store_, 2);
  GroupMember a(group);
  GroupMember b(group);
  a.Join(Creation("a"), Into(first_));
  b.Answered(Forbidden("not yours"));
  EXPECT_EQ(first_->reason(), StatusReason::kConflict);
  EXPECT_NE(first_->message().find("not yours"), std::string::npos);
  EXPECT_EQ(store_.Get({"tasks", "ns", "a"}), nullptr);
}

TEST_F(WriteGroupTest, ALostRaceEndsAll) {
  store_.Write({Creation("b")}, [](const auto&) {});
  const auto group = std::make_shared<WriteGroup>(store_, 2);
  GroupMember a(group);
  GroupMember b(group);
  a.Join(Creation("a"), Into(first_));
  b.Join(Creation("b"), Into(second_));
  EXPECT_FALSE(first_->ok());
  EXPECT_EQ(second_->reason(), StatusReason::kAlreadyExists);
  EXPECT_EQ(store_.Get({"tasks", "ns", "a"}), nullptr);
}

}  // namespace
}  // namespace noizy::apiserver
