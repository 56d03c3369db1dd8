#include "apiserver/storage/version_chain.h"

#include <gtest/gtest.h>

#include <memory>

namespace noizy::apiserver {
namespace {

StoredObjectPtr At(std::int64_t revision) {
  auto object = std::make_shared<StoredObject>();
  object->revision = revision;
  return object;
}

std::int64_t RevisionOf(const StoredObjectPtr& object) {
  return object ? object->revision : 0;
}

/// 10, 20, deleted at 30, 40.
VersionChain Chain() {
  VersionChain chain;
  chain.Append(10, At(10));
  chain.Append(20, At(20));
  chain.Append(30, nullptr);
  chain.Append(40, At(40));
  return chain;
}

TEST(VersionChainTest, ShowsTheStateAtEveryRevision) {
  const VersionChain chain = Chain();
  EXPECT_EQ(RevisionOf(chain.Newest()), 40);
  EXPECT_EQ(chain.At(9), nullptr);
  EXPECT_EQ(RevisionOf(chain.At(10)), 10);
  EXPECT_EQ(RevisionOf(chain.At(19)), 10);
  EXPECT_EQ(RevisionOf(chain.At(29)), 20);
  EXPECT_EQ(chain.At(30), nullptr);
  EXPECT_EQ(chain.At(39), nullptr);
  EXPECT_EQ(RevisionOf(chain.At(1000)), 40);
}

TEST(VersionChainTest, ForgetsOnlyWhatLaterReadsDoNotNeed) {
  VersionChain chain = Chain();
  const std::weak_ptr<const StoredObject> first = chain.At(10);
  chain.Forget(19);
  EXPECT_FALSE(first.expired()) << "19 still reads it";
  chain.Forget(20);
  EXPECT_TRUE(first.expired());
  EXPECT_EQ(RevisionOf(chain.At(20)), 20);
  chain.Forget(35);
  EXPECT_EQ(chain.At(35), nullptr);
  EXPECT_EQ(RevisionOf(chain.At(40)), 40);
  EXPECT_FALSE(chain.Gone());
}

TEST(VersionChainTest, IsGoneWhenTheDeletionIsForgotten) {
  VersionChain chain;
  chain.Append(10, At(10));
  chain.Append(20, nullptr);
  chain.Forget(19);
  EXPECT_FALSE(chain.Gone());
  chain.Forget(20);
  EXPECT_TRUE(chain.Gone());
}

TEST(VersionChainTest, ALongHistoryIsForgottenStepByStep) {
  VersionChain chain;
  for (std::int64_t revision = 1; revision <= 1000; ++revision)
    chain.Append(revision, At(revision));
  for (std::int64_t revision = 1; revision <= 1000; ++revision) {
    chain.Forget(revision);
    EXPECT_EQ(RevisionOf(chain.At(revision)), revision);
    EXPECT_EQ(RevisionOf(chain.At(1000)), 1000);
  }
}

}  // namespace
}  // namespace noizy::apiserver
