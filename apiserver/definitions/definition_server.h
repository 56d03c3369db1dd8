// Serves what CustomResourceDefinitions define: keeps the kind catalog, the definitions' status and
// the clean-up of those being deleted.
//
//   store wakes ──► Refresh: list definitions → accept names → kinds → catalog, status, clean-up
//
// Level-triggered: every round looks at everything there is, so a lost step is made up by the next.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/filters/chain.h"
#include "apiserver/resources/object_writer.h"
#include "apiserver/resources/watch_roster.h"
#include "machinery/base/executor.h"

namespace noizy::apiserver {

/// What the server works with. All outlive it; the executor is stopped before it is destroyed.
struct DefinitionServerOptions {
  Store& store;
  ObjectWriter& writer;
  KindCatalog& kinds;
  WatchRoster& watches;
  const Clock& clock;
  Executor& executor;
};

/// Made by make_shared. Start is called once; everything after it runs on the executor.
class DefinitionServer : public std::enable_shared_from_this<DefinitionServer> {
 public:
  explicit DefinitionServer(DefinitionServerOptions options);

  /// Serves, before it returns, whatever the store has; then follows changes.
  void Start();

 private:
  struct Definition {
    std::string name;
    std::int64_t revision = 0;
    Value object;
    Value status;  // that it should have
    std::vector<KindPtr> kinds;
  };

  void Follow();
  void PostRefresh();
  void Refresh();
  std::vector<Definition> ReadDefinitions();
  void Judge(std::vector<Definition>& definitions) const;
  void Compile(Definition& definition);
  void Serve(const std::vector<Definition>& definitions);
  void WriteStatus(const Definition& definition);
  void Empty(const Definition& definition);
  void DeleteObjects(const Definition& definition, const std::vector<StoreKey>& keys);
  void AwaitObjects(const std::string& resource, std::int64_t revision);
  void Release(const std::string& name);

  DefinitionServerOptions options_;
  const KindRegistry builtin_;
  const KindPtr kind_;  // CustomResourceDefinition
  std::unique_ptr<StoreWatch> watch_;
  /// Kinds by definition, as compiled from that revision.
  std::map<std::string, std::pair<std::int64_t, std::vector<KindPtr>>> compiled_;
  /// Deletions under way, by resource: one round at a time.
  std::map<std::string, std::size_t> deleting_;
  /// Wake this server when objects that had finalizers go.
  std::map<std::string, std::unique_ptr<StoreWatch>> awaited_;
};

}  // namespace noizy::apiserver
