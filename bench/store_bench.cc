// How many durable writes a second the store takes, against one SQLite transaction a write and
// against etcd, on the same disk and in the same run: store_bench [FOLDER [SECONDS]]. Machines
// differ and are noisy; the ratios are what counts.
//
// Links: apiserver_storage_sqlite bench_etcd_kv

#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/storage/sqlite/database.h"
#include "apiserver/storage/sqlite/sqlite_store.h"
#include "bench/clients.h"
#include "etcd_kv.grpc.pb.h"
#include "machinery/os/files.h"
#include "machinery/os/process.h"

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
constexpr char kEtcdAddress[] = "127.0.0.1:23790";
constexpr char kEtcdPeer[] = "http://127.0.0.1:23800";

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

/// An etcd server of our own with its data in `folder`; killed with this object.
class Etcd {
 public:
  explicit Etcd(const std::string& folder) {
    (void)RemoveTree(folder);
    const Result<std::string> program = FindExecutable("etcd", "/usr/bin:/usr/local/bin");
    if (!program.ok()) return;
    const std::string client = std::string("http://") + kEtcdAddress;
    ProcessSpec spec;
    spec.argv = {*program,
                 "--data-dir",
                 folder,
                 "--listen-client-urls",
                 client,
                 "--advertise-client-urls",
                 client,
                 "--listen-peer-urls",
                 kEtcdPeer,
                 "--initial-advertise-peer-urls",
                 kEtcdPeer,
                 "--initial-cluster",
                 std::string("default=") + kEtcdPeer,
                 "--log-level",
                 "error"};
    spec.parent_death = ParentDeath::kDie;
    Result<Process> process = Process::Spawn(spec);
    if (process.ok()) process_ = *std::move(process);
  }
  ~Etcd() {
    if (process_) (void)process_->SignalGroup(9);
  }
  Etcd(const Etcd&) = delete;
  Etcd& operator=(const Etcd&) = delete;

  bool AwaitReady() const {
    if (!process_) return false;
    const auto channel = grpc::CreateChannel(kEtcdAddress, grpc::InsecureChannelCredentials());
    const auto stub = etcdserverpb::KV::NewStub(channel);
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    etcdserverpb::RangeRequest request;
    request.set_key("ready");
    etcdserverpb::RangeResponse response;
    return stub->Range(&context, request, &response).ok();
  }

 private:
  std::optional<Process> process_;
};

Load RunEtcd(const std::string& folder, int clients, double seconds) {
  const Etcd etcd(folder);
  if (!etcd.AwaitReady()) return {};
  // One connection for eight clients: fewer queue up in gRPC, more cost etcd time.
  std::vector<std::unique_ptr<etcdserverpb::KV::Stub>> stubs;
  for (int i = 0; i < (clients + 7) / 8; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("channel", i);  // or gRPC would share one connection
    stubs.push_back(etcdserverpb::KV::NewStub(
        grpc::CreateCustomChannel(kEtcdAddress, grpc::InsecureChannelCredentials(), arguments)));
  }
  std::vector<int> next(static_cast<std::size_t>(clients), 0);
  return RunClients(clients, seconds, [&](int client) {
    const StoreKey key =
        KeyOf(client, next[static_cast<std::size_t>(client)]++ % kObjectsPerClient);
    grpc::ClientContext context;
    etcdserverpb::PutRequest request;
    request.set_key("/registry/" + key.resource + "/" + key.ns + "/" + key.name);
    request.set_value(std::string(kBodyBytes, 'x'));
    etcdserverpb::PutResponse response;
    return stubs[static_cast<std::size_t>(client / 8)]->Put(&context, request, &response).ok();
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
  noizy::bench::Run(folder, argc > 2 ? std::atof(argv[2]) : 3.0);
  (void)noizy::RemoveTree(folder);
}
