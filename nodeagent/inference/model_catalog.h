// Which models this machine's model servers have, and how much they have to do. They are asked
// again from time to time: servers start late, and load models when told to.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/base/status.h"
#include "machinery/base/worker_pool.h"
#include "nodeagent/inference/model_queue.h"
#include "nodeagent/inference/model_server.h"

namespace noizy::nodeagent {

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

/// For the Executor's thread; the servers are asked on one of its own.
class ModelCatalog {
 public:
  using List = std::function<Result<std::vector<std::string>>(const ModelServer&,
                                                              const std::function<bool()>&)>;
  using Requests =
      std::function<Result<std::int64_t>(const ModelServer&, const std::function<bool()>&)>;
  struct Options {
    std::vector<ModelServer> servers;  // of two that have a model, the first is asked for it
    Duration interval = std::chrono::seconds(10);
    List list = ListModels;
    // Asked of servers that list models, and no more once it said NotFound, before the server was
    // away: some log an error for each question that they do not know.
    Requests requests = RequestsAt;
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
  const std::map<std::string, ModelServer>& models() const { return found_.models; }
  /// Requests that the servers had under way or waiting when they were last asked, of those that
  /// tell.
  std::int64_t requests() const { return found_.requests; }

 private:
  struct Found {
    std::map<std::string, ModelServer> models;
    std::int64_t requests = 0;
  };
  Found Ask();
  std::int64_t RequestsOf(const ModelServer& server);
  void Take(Found found);

  const Options options_;
  Executor& executor_;
  const std::function<void()> on_change_;
  Found found_;
  bool asking_ = false;
  Executor::TimerId timer_ = 0;
  /// Falls with the catalog: what is still posted then does nothing.
  std::shared_ptr<ModelCatalog*> self_;
  std::atomic<bool> stopping_{false};
  /// URLs of servers that do not tell their requests. Touched in Ask alone, one at a time.
  std::set<std::string> silent_;
  WorkerPool pool_{1, 1};
};

}  // namespace noizy::nodeagent
