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

// GET /v1/models of the servers that are found by themselves, as each writes it.
TEST(ListModelsTest, ReadsWhatEachKindOfServerLists) {
  struct Case {
    std::string kind;
    std::string list;
    Names names;
  };
  const std::vector<Case> cases = {
      {"Ollama",
       R"({"object":"list","data":[
           {"id":"llama3.1:8b","object":"model","created":1733000000,"owned_by":"library"},
           {"id":"user/tuned:latest","object":"model","created":1733000001,"owned_by":"user"}]})",
       {"llama3.1:8b", "user/tuned:latest"}},
      {"Ollama without a model", R"({"object":"list","data":null})", {}},
      {"LM Studio",
       R"({"data":[{"id":"qwen2-vl-7b-instruct","object":"model","owned_by":"organization_owner"},
           {"id":"text-embedding-nomic-embed-text-v1.5","object":"model",
            "owned_by":"organization_owner"}],"object":"list"})",
       {"qwen2-vl-7b-instruct", "text-embedding-nomic-embed-text-v1.5"}},
      {"llama.cpp",
       R"({"models":[{"name":"m.gguf","model":"m.gguf","type":"model","details":{"format":"gguf"}}],
           "object":"list","data":[{"id":"m.gguf","object":"model","created":1733000000,
           "owned_by":"llamacpp","meta":{"vocab_type":2,"n_ctx_train":131072}}]})",
       {"m.gguf"}},
      {"vLLM",
       R"({"object":"list","data":[{"id":"org/m-8b","object":"model","created":1733000000,
           "owned_by":"vllm","root":"org/m-8b","parent":null,"max_model_len":4096,
           "permission":[{"id":"modelperm-1","object":"model_permission"}]}]})",
       {"org/m-8b"}}};
  for (const Case& one : cases) {
    LoopbackModels models;
    models.SetList(one.list);
    const auto names = ListModels({models.url(), ""}, kNever);
    ASSERT_TRUE(names.ok()) << one.kind << ": " << names.status().ToString();
    EXPECT_EQ(*names, one.names) << one.kind;
  }
}

// LM Studio's own API, where an operator names it: /api/v0 takes chats as /v1 does.
TEST(ListModelsTest, ReadsTheListingOfLmStudiosOwnApi) {
  LoopbackModels models;
  models.SetPage("/api/v0/models", R"({"object":"list","data":[
      {"id":"qwen2-vl-7b-instruct","object":"model","type":"vlm","publisher":"mlx-community",
       "arch":"qwen2_vl","compatibility_type":"mlx","quantization":"4bit","state":"not-loaded",
       "max_context_length":32768},
      {"id":"llama-3.1-8b","object":"model","type":"llm","state":"loaded"},
      {"id":"nomic-embed","object":"model","type":"embeddings","state":"not-loaded"}]})");
  const auto names = ListModels({models.url() + "/api/v0", ""}, kNever);
  ASSERT_TRUE(names.ok()) << names.status().ToString();
  EXPECT_EQ(*names, (Names{"qwen2-vl-7b-instruct", "llama-3.1-8b"})) << "embeddings take no chat";
}

// Ollama's own listing is no OpenAI API, whose chats an inference needs: it is not taken for one.
TEST(ListModelsTest, OllamasOwnListingIsNoOpenAiApi) {
  LoopbackModels models;
  const std::string tags = R"({"models":[{"name":"llama3.1:8b","model":"llama3.1:8b",
      "modified_at":"2026-11-01T10:00:00Z","size":4920753328,"digest":"46e0c10c039e",
      "details":{"parent_model":"","format":"gguf","family":"llama","families":["llama"],
                 "parameter_size":"8.0B","quantization_level":"Q4_K_M"}}]})";
  models.SetPage("/api/tags", tags);
  models.SetList(tags);
  EXPECT_FALSE(ListModels({models.url(), ""}, kNever).ok());
  models.SetList("404 page not found", 404);
  EXPECT_FALSE(ListModels({models.url(), ""}, kNever).ok());
}

// It answers 200 to what it does not know.
TEST(ListModelsTest, AnErrorWithin200IsNoListing) {
  LoopbackModels models;
  models.SetList(R"j({"error":"Unexpected endpoint or method. (GET /v1/models)"})j");
  EXPECT_FALSE(ListModels({models.url(), ""}, kNever).ok());
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
    options.requests = [this](const ModelServer& server, const std::function<bool()>&) {
      const MutexLock lock(mutex_);
      asked_ += server.url + " ";
      const auto found = requests_.find(server.url);
      return found == requests_.end() ? Result<std::int64_t>(NotFound("requests", server.url))
                                      : found->second;
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
  void SetRequests(const std::string& server, Result<std::int64_t> requests) {
    const MutexLock lock(mutex_);
    requests_.insert_or_assign(server, std::move(requests));
  }
  /// The servers that were asked for their requests since the last call.
  std::string TakeAsked() {
    const MutexLock lock(mutex_);
    return std::exchange(asked_, "");
  }
  void NextRound() {
    executor_.Advance(std::chrono::seconds(10));
    AwaitRound();
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
  std::map<std::string, Result<std::int64_t>> requests_ NOIZY_GUARDED_BY(mutex_);
  std::string asked_ NOIZY_GUARDED_BY(mutex_);
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

TEST_F(CatalogTest, SumsTheRequestsOfServersThatTell) {
  List("first", {"a"});
  SetRequests("first", 3);
  SetRequests("second", 4);
  catalog_->Refresh();
  AwaitRound();
  EXPECT_EQ(catalog_->requests(), 3) << "the second one lists no models";
  List("second", {"b"});
  NextRound();
  EXPECT_EQ(catalog_->requests(), 7);
  SetRequests("second", Timeout("busy"));
  NextRound();
  EXPECT_EQ(catalog_->requests(), 3);
  SetRequests("second", 1);
  NextRound();
  EXPECT_EQ(catalog_->requests(), 4) << "it was asked again";
  EXPECT_EQ(changes_, 2) << "the node offers no more and no less";
}

// LM Studio logs an error for each question that it does not know.
TEST_F(CatalogTest, AServerThatDoesNotTellItsRequestsIsAskedOnce) {
  List("first", {"a"});
  catalog_->Refresh();
  AwaitRound();
  NextRound();
  EXPECT_EQ(TakeAsked(), "first ");
  Unlist("first");
  NextRound();
  List("first", {"a"});
  SetRequests("first", 2);
  NextRound();
  EXPECT_EQ(TakeAsked(), "first ") << "it may be another server now";
  EXPECT_EQ(catalog_->requests(), 2);
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
