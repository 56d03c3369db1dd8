#include "nodeagent/inference/model_catalog.h"

#include <gtest/gtest.h>

#include "machinery/base/mutex.h"
#include "tests/unit/nodeagent/inference/loopback_models.h"

namespace noizy::nodeagent {
namespace {

using Names = std::vector<std::string>;

const auto kNever = [] { return false; };

TEST(ListModelsTest, AsksAsOpenAisClientsDo) {
  LoopbackModels models;
  models.SetList(R"({"object":"list","data":[{"id":"m:1b"},{"id":""},{"id":"a b"},{"id":7},{}]})");
  const auto names = ListModels({models.url(), "sk-1"}, kNever);
  ASSERT_TRUE(names.ok()) << names.status().ToString();
  EXPECT_EQ(*names, (Names{"m:1b"}));
  EXPECT_EQ(models.key(), "Bearer sk-1");
}

TEST(ListModelsTest, TellsOthersFromModelServers) {
  LoopbackModels models;
  models.SetList("<html>");
  EXPECT_FALSE(ListModels({models.url(), ""}, kNever).ok());
  models.SetList("{\"items\": []}");
  EXPECT_FALSE(ListModels({models.url(), ""}, kNever).ok());
  models.SetList("{\"data\": []}", 404);
  EXPECT_FALSE(ListModels({models.url(), ""}, kNever).ok());
  models.SetList("{\"data\": [\"" + std::string(2 << 20, 'x') + "\"]}");
  EXPECT_FALSE(ListModels({models.url(), ""}, kNever).ok()) << "more than a list can be";
  EXPECT_FALSE(ListModels({models.url(), ""}, [] { return true; }).ok());
}

TEST(ListModelsTest, TakesSoManyAtMost) {
  LoopbackModels models;
  std::string list = "{\"data\": [{\"id\": \"m\"}";
  for (int i = 0; i < 1000; ++i) list += ", {\"id\": \"m" + std::to_string(i) + "\"}";
  models.SetList(list + "]}");
  EXPECT_EQ(ListModels({models.url(), ""}, kNever)->size(), kMostModels);
}

TEST(ModelServersForTest, TakesAnOperatorsWord) {
  EXPECT_EQ(ModelServersFor("", "")->size(), 3U);
  EXPECT_TRUE(ModelServersFor("none", "")->empty());
  EXPECT_EQ(*ModelServersFor("http://127.0.0.1:9", "k"),
            (std::vector<ModelServer>{{"http://127.0.0.1:9", "k"}}));
  for (const char* url : {"http://10.0.0.1:11434", "http://169.254.169.254", "ftp://x", "nonsense"})
    EXPECT_EQ(ModelServersFor(url, "").status().reason(), StatusReason::kBadRequest) << url;
}

/// Servers that answer when a test lets them, from memory.
class CatalogTest : public ::testing::Test {
 protected:
  CatalogTest() {
    ModelCatalog::Options options;
    options.servers = {{"first", ""}, {"second", ""}};
    options.list = [this](const ModelServer& server, const std::function<bool()>&) {
      const MutexLock lock(mutex_);
      const auto found = lists_.find(server.url);
      return found == lists_.end() ? Result<Names>(Timeout("silent"))
                                   : Result<Names>(found->second);
    };
    catalog_.emplace(std::move(options), executor_, [this] { ++changes_; });
  }
  /// Has a server list these, from its next answer on.
  void List(const std::string& server, Names names) {
    const MutexLock lock(mutex_);
    lists_[server] = std::move(names);
  }
  void Unlist(const std::string& server) {
    const MutexLock lock(mutex_);
    lists_.erase(server);
  }
  /// Waits until what the servers said was taken.
  void AwaitRound() {
    while (catalog_->asking()) {
      executor_.RunUntilIdle();
      std::this_thread::yield();
    }
  }
  Names Known() {
    Names names;
    for (const auto& [name, server] : catalog_->models()) names.push_back(name + "@" + server.url);
    return names;
  }

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  Mutex mutex_;
  std::map<std::string, Names> lists_ NOIZY_GUARDED_BY(mutex_);
  int changes_ = 0;
  std::optional<ModelCatalog> catalog_;
};

TEST_F(CatalogTest, FollowsWhatTheServersHave) {
  List("first", {"a", "b"});
  List("second", {"b", "c:latest"});
  catalog_->Refresh();
  EXPECT_TRUE(Known().empty()) << "nobody waits for it";
  AwaitRound();
  EXPECT_EQ(Known(), (Names{"a@first", "b@first", "c@second", "c:latest@second"}));
  EXPECT_EQ(changes_, 1);
  executor_.Advance(std::chrono::seconds(10));
  AwaitRound();
  EXPECT_EQ(changes_, 1) << "the same is no change";
  Unlist("first");
  executor_.Advance(std::chrono::seconds(10));
  AwaitRound();
  EXPECT_EQ(Known(), (Names{"b@second", "c@second", "c:latest@second"}));
  EXPECT_EQ(changes_, 2);
}

TEST_F(CatalogTest, AsksAtOnceWhenToldTo) {
  catalog_->Refresh();
  AwaitRound();
  List("first", {"a"});
  catalog_->Refresh();
  AwaitRound();
  EXPECT_EQ(Known(), (Names{"a@first"}));
  // And the timer of the round before is gone.
  executor_.Advance(std::chrono::seconds(9));
  EXPECT_FALSE(catalog_->asking());
}

TEST_F(CatalogTest, MayBeDroppedAtAnyTime) {
  catalog_->Refresh();
  catalog_.reset();
  executor_.RunUntilIdle();
  EXPECT_EQ(changes_, 0);
}

}  // namespace
}  // namespace noizy::nodeagent
