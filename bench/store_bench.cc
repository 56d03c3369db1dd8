// How many durable writes a second the store takes, against one SQLite transaction a write and
// against etcd, on the same disk and in the same run: store_bench [FOLDER [SECONDS]]. Machines
// differ and are noisy; the ratios are what counts.
//
// Links: apiserver_storage_sqlite bench_etcd_kv

#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/storage/sqlite/database.h"
#include "apiserver/storage/sqlite/sqlite_store.h"
#include "bench/clients.h"
#include "bench/etcd.h"
#include "machinery/os/files.h"

namespace noizy::bench {
namespace {

using apiserver::SqliteStore;
using apiserver::StoreKey;
using apiserver::WriteOp;

// The size of a small Task; the same for all three.
constexpr std::size_t kBodyBytes = 1024;
// Objects a client updates in turn.
constexpr int kObjectsPerClient = 100;
constexpr int kRounds = 3;

StoreKey KeyOf(int client, int object) {
  return {"tasks.noizy.dev", "default",
          "task-" + std::to_string(client) + "-" + std::to_string(object)};
}

WriteOp PutOf(const StoreKey& key, std::int64_t expected) {
  return {WriteOp::Kind::kPut, key, expected, {std::string(kBodyBytes, 'x'), 10}, {}};
}

/// One client's objects and where they stand.
struct Objects {
  int next = 0;
  std::vector<std::int64_t> revisions = std::vector<std::int64_t>(kObjectsPerClient, 0);
};

bool PutNext(SqliteStore& store, int client, Objects& objects) {
  const int object = objects.next++ % kObjectsPerClient;
  std::int64_t& revision = objects.revisions[static_cast<std::size_t>(object)];
  std::promise<std::int64_t> written;
  store.Write({PutOf(KeyOf(client, object), revision)}, [&written](auto result) {
    written.set_value(result.ok() ? result->at(0)->revision : 0);
  });
  revision = written.get_future().get();
  return revision != 0;
}

Load RunStore(const std::string& folder, int clients, double seconds) {
  (void)RemoveTree(folder);
  apiserver::SqliteOptions options;
  options.folder = folder;
  auto store = SqliteStore::Open(std::move(options));
  if (!store.ok()) {
    std::fprintf(stderr, "%s\n", store.status().ToString().c_str());
    return {};
  }
  std::vector<Objects> objects(static_cast<std::size_t>(clients));
  return RunClients(clients, seconds, [&](int client) {
    return PutNext(**store, client, objects[static_cast<std::size_t>(client)]);
  });
}

/// The control: the same row, the same settings, one transaction a write.
Load RunSqlite(const std::string& folder, double seconds) {
  (void)RemoveTree(folder);
  if (!MakeFolders(folder).ok()) return {};
  auto database = apiserver::Database::Open(folder + "/control.db");
  if (!database.ok()) return {};
  std::int64_t revision = 1;
  return RunClients(1, seconds, [&](int) {
    auto object = std::make_shared<apiserver::StoredObject>();
    object->key = KeyOf(0, static_cast<int>(++revision % kObjectsPerClient));
    object->revision = revision;
    object->bytes = std::string(kBodyBytes, 'x');
    auto event = std::make_shared<apiserver::StoreEvent>();
    event->object = std::move(object);
    return (*database)->Commit({std::move(event)}, {}).ok();
  });
}

Load MedianOf(const std::string& what, const std::function<Load()>& run) {
  std::vector<Load> runs;
  for (int round = 0; round < kRounds; ++round) runs.push_back(run());
  const Load median = Median(std::move(runs));
  Print(what, median);
  return median;
}

void Run(const std::string& folder, double seconds) {
  const std::string ours = folder + "/store";
  const Load control = MedianOf("SQLite, one transaction a write",
                                [&] { return RunSqlite(folder + "/control", seconds); });
  Load store;
  for (const int clients : {1, 16, 64}) {
    store = MedianOf("store, " + std::to_string(clients) + " clients",
                     [&] { return RunStore(ours, clients, seconds); });
  }
  const Load etcd = MedianOf("etcd, 64 clients over gRPC",
                             [&] { return RunEtcd(folder + "/etcd", 64, seconds); });
  if (control.per_second > 0) {
    std::printf("store with 64 clients / SQLite: %.2f\n", store.per_second / control.per_second);
  }
  if (etcd.per_second > 0) {
    std::printf("store with 64 clients / etcd:   %.2f\n", store.per_second / etcd.per_second);
  } else {
    std::printf("no etcd to compare with (Debian: etcd-server)\n");
  }
}

}  // namespace
}  // namespace noizy::bench

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : "/tmp/noizy-store-bench";
  noizy::bench::Run(folder, argc > 2 ? std::strtod(argv[2], nullptr) : 3.0);
  (void)noizy::RemoveTree(folder);
}
