// Which models this machine's model servers have. They are asked again from time to time: servers
// start late, and load models when told to.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/base/status.h"
#include "machinery/base/worker_pool.h"

namespace noizy::nodeagent {

/// Speaks OpenAI's API.
struct ModelServer {
  std::string url;
  std::string api_key;

  bool operator==(const ModelServer&) const = default;
};

/// Where Ollama, llama.cpp's server and LM Studio listen unless told otherwise.
std::vector<ModelServer> UsualModelServers();
/// What an operator asks for: a URL; "none"; "": the usual ones. BadRequest for a URL that would
/// not be asked (http beyond this machine, a link-local address).
Result<std::vector<ModelServer>> ModelServersFor(const std::string& words,
                                                 const std::string& api_key);

/// The names of a server's models. Takes a second at most, and no more than kMostModels of names
/// that are fit to be shown. An error: there is none, or it is no such server.
Result<std::vector<std::string>> ListModels(const ModelServer& server,
                                            const std::function<bool()>& cancelled);
inline constexpr std::size_t kMostModels = 256;
inline constexpr Duration kListTimeout = std::chrono::seconds(1);

/// For the Executor's thread; the servers are asked on one of its own.
class ModelCatalog {
 public:
  using List = std::function<Result<std::vector<std::string>>(const ModelServer&,
                                                              const std::function<bool()>&)>;
  struct Options {
    std::vector<ModelServer> servers;  // of two that have a model, the first is asked for it
    Duration interval = std::chrono::seconds(10);
    List list = ListModels;
  };

  /// `executor` outlives the catalog. `on_change` comes whenever the models are others.
  ModelCatalog(Options options, Executor& executor, std::function<void()> on_change);
  ~ModelCatalog();
  ModelCatalog(const ModelCatalog&) = delete;
  ModelCatalog& operator=(const ModelCatalog&) = delete;

  /// Asks now, and from then on at the interval.
  void Refresh();
  /// The servers are being asked.
  bool asking() const { return asking_; }
  /// By the model's name.
  const std::map<std::string, ModelServer>& models() const { return models_; }

 private:
  using Found = std::map<std::string, ModelServer>;
  void Take(Found found);

  const Options options_;
  Executor& executor_;
  const std::function<void()> on_change_;
  Found models_;
  bool asking_ = false;
  Executor::TimerId timer_ = 0;
  /// Falls with the catalog: what is still posted then does nothing.
  std::shared_ptr<ModelCatalog*> self_;
  std::atomic<bool> stopping_{false};
  WorkerPool pool_{1, 1};
};

}  // namespace noizy::nodeagent
