#include "apiserver/payloads/payload_store.h"

#include <gtest/gtest.h>

#include "machinery/os/files.h"
#include "machinery/os/temporary_folder.h"
#include "machinery/pki/pki.h"

namespace noizy::apiserver {
namespace {

class PayloadStoreTest : public testing::Test {
 protected:
  PayloadStoreTest() {
    EXPECT_TRUE(store_.Open().ok());
    store_.Sweep();
  }

  std::unique_ptr<PayloadUpload> Begin(const std::string& bytes) {
    auto upload = store_.Begin("ann");
    EXPECT_TRUE(upload.ok()) << upload.status().ToString();
    EXPECT_TRUE((*upload)->Append(bytes).ok());
    return *std::move(upload);
  }
  // The name of a payload that a Task refers to.
  std::string Keep(const std::string& bytes, const std::string& uid) {
    const auto upload = Begin(bytes);
    const auto name = upload->Finish();
    EXPECT_TRUE(name.ok()) << name.status().ToString();
    upload->Commit(uid);
    return name->sha256;
  }
  std::vector<std::string> Files() const { return *ListFolder(folder_->path() + "/payloads"); }

  Result<TemporaryFolder> folder_ = TemporaryFolder::Make();
  PayloadStore store_{folder_->path() + "/payloads", 10,
                      [](const std::string& path) { EXPECT_TRUE(RemoveTree(path).ok()); }};
};

TEST_F(PayloadStoreTest, APayloadIsAPrivateFileNamedByItsDigest) {
  const std::string bytes("1\0\xff", 3);
  const auto upload = Begin(bytes);
  const auto name = upload->Finish();
  ASSERT_TRUE(name.ok());
  EXPECT_EQ(*name, (PayloadName{Sha256Hex(bytes), 3}));
  EXPECT_EQ(Files(), std::vector<std::string>{name->sha256});
  EXPECT_TRUE(RequirePrivate(folder_->path() + "/payloads/" + name->sha256).ok());
  EXPECT_EQ(store_.Read(name->sha256, 1, 10).ValueOr(""), bytes.substr(1));
  EXPECT_EQ(store_.Read(name->sha256, 3, 10).ValueOr("x"), "");
}

TEST_F(PayloadStoreTest, WhatBreaksOffOrIsTooLongLeavesNothing) {
  Begin("half").reset();
  EXPECT_TRUE(Files().empty());
  auto upload = Begin("0123456789");
  const Status refused = upload->Append("!");
  EXPECT_EQ(refused.reason(), StatusReason::kRequestEntityTooLarge);
  EXPECT_NE(refused.message().find("10 bytes"), std::string::npos);
  upload.reset();
  // Whole, but no Task was made.
  upload = Begin("whole");
  ASSERT_TRUE(upload->Finish().ok());
  EXPECT_EQ(Files().size(), 1U);
  upload.reset();
  EXPECT_TRUE(Files().empty());
}

TEST_F(PayloadStoreTest, APayloadGoesWithItsLastTask) {
  const std::string name = Keep("same", "1");
  EXPECT_EQ(Keep("same", "2"), name);
  store_.Refer(name, "1");  // as the feed says, too
  store_.Forget(name, "1");
  EXPECT_EQ(Files().size(), 1U);
  store_.Forget(name, "2");
  EXPECT_TRUE(Files().empty());
  EXPECT_EQ(store_.Read(name, 0, 1).status().reason(), StatusReason::kNotFound);
}

TEST_F(PayloadStoreTest, APayloadThatIsBeingSubmittedStays) {
  const std::string name = Keep("same", "1");
  const auto upload = Begin("same");
  ASSERT_TRUE(upload->Finish().ok());
  store_.Forget(name, "1");
  store_.Sweep();
  EXPECT_EQ(Files().size(), 1U);
  // Its Task came and went before the upload heard that it was made.
  store_.Refer(name, "2");
  store_.Forget(name, "2");
  EXPECT_EQ(Files().size(), 1U);
  upload->Commit("2");
  EXPECT_TRUE(Files().empty());
}

TEST_F(PayloadStoreTest, TheStartClearsAwayWhatNobodyRefersTo) {
  const std::string kept = Keep("kept", "1");
  const std::string orphan = Keep("orphan", "2");
  const std::string folder = folder_->path() + "/payloads";
  ASSERT_TRUE(WriteFileAtomically(folder + "/upload-7", "half").ok());
  ASSERT_TRUE(WriteFileAtomically(folder + "/trash-7", "gone").ok());
  PayloadStore next(folder, 10, [](const std::string& path) { (void)RemoveTree(path); });
  ASSERT_TRUE(next.Open().ok());
  EXPECT_EQ(Files().size(), 2U);
  next.Refer(kept, "1");
  // Before all Tasks were heard nothing goes.
  next.Refer(orphan, "2");
  next.Forget(orphan, "2");
  EXPECT_EQ(Files().size(), 2U);
  next.Sweep();
  EXPECT_EQ(Files(), std::vector<std::string>{kept});
}

TEST_F(PayloadStoreTest, NobodyHoldsTooManyUploads) {
  std::vector<std::unique_ptr<PayloadUpload>> uploads;
  for (int i = 0; i < kMaxUploadsPerOwner; ++i) uploads.push_back(Begin("x"));
  EXPECT_EQ(store_.Begin("ann").status().reason(), StatusReason::kTooManyRequests);
  EXPECT_TRUE(store_.Begin("bob").ok());
  uploads.pop_back();
  EXPECT_TRUE(store_.Begin("ann").ok());
}

TEST_F(PayloadStoreTest, NamesThatAreNoDigestReachNoFile) {
  EXPECT_EQ(store_.Read("../secrets.key", 0, 1).status().reason(), StatusReason::kBadRequest);
}

}  // namespace
}  // namespace noizy::apiserver
