// etcd as the anchor: a server of our own, and puts from many clients at once.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/clients.h"
#include "etcd_kv.grpc.pb.h"
#include "machinery/os/files.h"
#include "machinery/os/process.h"

namespace noizy::bench {

inline constexpr std::size_t kEtcdValueBytes = 1024;
inline constexpr int kEtcdKeysPerClient = 100;
inline constexpr char kEtcdAddress[] = "127.0.0.1:23790";
inline constexpr char kEtcdPeer[] = "http://127.0.0.1:23800";

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

/// Puts from `clients` threads over plain-text gRPC, in turn over a hundred keys each. None without
/// etcd (Debian: etcd-server).
inline Load RunEtcd(const std::string& folder, int clients, double seconds) {
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
    const int object = next[static_cast<std::size_t>(client)]++ % kEtcdKeysPerClient;
    grpc::ClientContext context;
    etcdserverpb::PutRequest request;
    request.set_key("/registry/tasks.noizy.dev/default/task-" + std::to_string(client) + "-" +
                    std::to_string(object));
    request.set_value(std::string(kEtcdValueBytes, 'x'));
    etcdserverpb::PutResponse response;
    return stubs[static_cast<std::size_t>(client / 8)]->Put(&context, request, &response).ok();
  });
}

}  // namespace noizy::bench
