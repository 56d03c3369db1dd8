#include "machinery/controller/pending_answers.h"

#include <gtest/gtest.h>

#include <vector>

namespace noizy {
namespace {

class PendingAnswersTest : public ::testing::Test {
 protected:
  PendingAnswersTest() { Make(); }
  void Make() {
    answers_ = std::make_unique<PendingAnswers<int>>(executor_, [this](std::function<void()> work) {
      if (has_room_) work_.push_back(std::move(work));
      return has_room_;
    });
    answers_->OnAnswer([this](const ObjectKey& key) { woken_.push_back(key.name); });
  }
  static ObjectMeta Object(const std::string& version = "1", const std::string& uid = "u") {
    ObjectMeta object;
    object.name = "a";
    object.uid = uid;
    object.resource_version = version;
    return object;
  }
  /// Does the oldest work there is.
  void Work() {
    const auto work = std::move(work_.front());
    work_.erase(work_.begin());
    work();
    executor_.RunUntilIdle();
  }

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  bool has_room_ = true;
  std::vector<std::function<void()>> work_;
  std::vector<std::string> woken_;
  std::unique_ptr<PendingAnswers<int>> answers_;
};

TEST_F(PendingAnswersTest, AnAnswerComesIsWrittenAndIsOver) {
  EXPECT_FALSE(answers_->IsAsked(Object()));
  EXPECT_TRUE(answers_->Ask(Object(), [] { return 7; }));
  EXPECT_TRUE(answers_->IsAsked(Object()));
  EXPECT_EQ(answers_->Find(Object()), nullptr);
  Work();
  EXPECT_EQ(woken_, std::vector<std::string>{"a"});
  EXPECT_FALSE(answers_->IsAsked(Object()));
  ASSERT_NE(answers_->Find(Object("2")), nullptr);  // the object went on meanwhile
  EXPECT_EQ(*answers_->Find(Object()), 7);
  EXPECT_FALSE(answers_->IsAnswered(Object()));
  answers_->Written(Object());
  EXPECT_EQ(answers_->Find(Object()), nullptr);
  EXPECT_TRUE(answers_->IsAnswered(Object()));
  EXPECT_FALSE(answers_->IsAnswered(Object("2")));
}

TEST_F(PendingAnswersTest, WithoutRoomNothingIsAsked) {
  has_room_ = false;
  EXPECT_FALSE(answers_->Ask(Object(), [] { return 7; }));
  EXPECT_FALSE(answers_->IsAsked(Object()));
}

TEST_F(PendingAnswersTest, AnotherObjectOfTheNameIsNotAnswered) {
  EXPECT_TRUE(answers_->Ask(Object(), [] { return 7; }));
  Work();
  EXPECT_EQ(answers_->Find(Object("5", "other")), nullptr);
  EXPECT_TRUE(answers_->Ask(Object("5", "other"), [] { return 8; }));
  EXPECT_EQ(answers_->Find(Object()), nullptr);
  Work();
  EXPECT_EQ(*answers_->Find(Object("5", "other")), 8);
}

TEST_F(PendingAnswersTest, TheAnswerToAForgottenQuestionIsDropped) {
  EXPECT_TRUE(answers_->Ask(Object(), [] { return 7; }));
  answers_->Forget({"", "a"});
  EXPECT_TRUE(answers_->Ask(Object(), [] { return 8; }));
  Work();
  EXPECT_TRUE(woken_.empty());
  EXPECT_TRUE(answers_->IsAsked(Object()));
  Work();
  EXPECT_EQ(*answers_->Find(Object()), 8);
}

TEST_F(PendingAnswersTest, MayEndWhileAnswersAreWorkedOut) {
  EXPECT_TRUE(answers_->Ask(Object(), [] { return 7; }));
  answers_.reset();
  Work();
  EXPECT_TRUE(woken_.empty());
}

}  // namespace
}  // namespace noizy
