// A server killed with SIGKILL while it takes over Secrets that lay there in clear, and while it
// rotates their key: afterwards every Secret is there, sealed, and the next start finishes the
// rest.
//
// Links: apiserver_encryption apiserver_storage_sqlite

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "apiserver/encryption/secret_codec.h"
#include "apiserver/storage/sqlite/sqlite_store.h"
#include "machinery/base/random.h"
#include "tests/unit/apiserver/storage/store_testing.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

constexpr int kKills = 40;
constexpr int kSecrets = 300;
constexpr char kClear[] = "correct horse battery staple";

std::string Name(int i) {
  return "secret-" + std::to_string(i);
}
std::string Content(int i) {
  return kClear + std::to_string(i) + std::string(i % 10 == 0 ? 30'000 : 900, '.');
}

// In milliseconds; the whole takes some tens of them.
int RandomLife() {
  return static_cast<int>(SystemRandom::Instance().Below(80));
}

class SecretsCrashTest : public testing::Test {
 protected:
  SqliteOptions Options() const {
    SqliteOptions options;
    options.folder = folder_ / "store";
    return options;
  }
  Result<std::unique_ptr<SqliteStore>> Open(KeyUse use) const {
    NOIZY_ASSIGN_OR_RETURN(KeyRing ring, KeyRing::Open(key_file_, ""));
    SqliteOptions options = Options();
    options.codec = std::make_shared<SecretCodec>(std::move(ring), use);
    return SqliteStore::Open(std::move(options));
  }
  void FillInClear() const {
    auto store = SqliteStore::Open(Options());
    ASSERT_TRUE(store.ok());
    std::vector<WriteOp> ops;
    for (int i = 0; i < kSecrets; ++i)
      ops.push_back(PutOp({"secrets", "team", Name(i)}, 0, Content(i)));
    ASSERT_TRUE(WriteAll(**store, std::move(ops)).ok());
  }

  /// Opens in a process of its own, which is killed `life_ms` later; true when it had finished.
  bool OpenAndKill(KeyUse use, int life_ms) const {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(Open(use).ok() ? 0 : 1);
    ::poll(nullptr, 0, life_ms);  // a life of random length: nothing is waited for
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) != 0) << "it refused to start";
    return WIFEXITED(status);
  }

  void ExpectWhole() const {
    auto store = Open(KeyUse::kKeep);
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    for (int i = 0; i < kSecrets; ++i) {
      const StoredObjectPtr object = (*store)->Get({"secrets", "team", Name(i)});
      ASSERT_NE(object, nullptr) << i;
      ASSERT_EQ(object->bytes, Rendered(object->revision, Content(i)));
    }
    EXPECT_EQ(KeyRing::Open(key_file_, "")->size(), 1U) << "no old key is left";
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (!file.is_regular_file()) continue;
      EXPECT_EQ(ReadFile(file.path())->find(kClear), std::string::npos) << file.path();
    }
  }

  ScratchFolder folder_;
  const std::string key_file_ = folder_ / "secrets.key";
};

TEST_F(SecretsCrashTest, ATakeOverThatIsCutShortIsFinishedByTheNextStart) {
  int finished = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    ASSERT_TRUE(RemoveTree(folder_ / "store").ok());
    ASSERT_TRUE(RemoveTree(key_file_).ok());
    FillInClear();
    finished += OpenAndKill(KeyUse::kKeep, RandomLife()) ? 1 : 0;
    ExpectWhole();
  }
  EXPECT_LT(finished, kKills) << "some were to be cut short";
}

TEST_F(SecretsCrashTest, ARotationThatIsCutShortIsFinishedByTheNextStart) {
  FillInClear();
  ExpectWhole();
  int finished = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    finished += OpenAndKill(KeyUse::kRotate, RandomLife()) ? 1 : 0;
    ExpectWhole();
  }
  EXPECT_LT(finished, kKills) << "some were to be cut short";
}

}  // namespace
}  // namespace noizy::apiserver
