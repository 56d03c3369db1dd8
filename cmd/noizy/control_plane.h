// The control plane in one process: store, API server, the gRPC side for agents. Wiring only.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "apiserver/audit/audit_log.h"
#include "cmd/noizy/grid_identity.h"
#include "machinery/base/clock.h"
#include "machinery/base/random.h"
#include "machinery/base/status.h"
#include "machinery/transport/http.h"

namespace noizy {

struct ControlPlaneOptions {
  std::string data_dir;
  std::string address = "127.0.0.1";
  std::uint16_t https_port = 6443;
  std::uint16_t grpc_port = 6444;
  /// What is logged of whose requests; nothing with an empty path.
  apiserver::AuditLogOptions audit_log;
  /// "" for the usual policy.
  std::string audit_policy_path;
  /// Of one payload that is kept beside its Task.
  std::int64_t max_payload_bytes = std::int64_t{4} << 30;
  AuthorityOptions authority;
  /// Protects the file of keys that Secrets are sealed with; "": nothing but its mode does.
  std::string secrets_passphrase;
};

/// Serves from Open until Stop or destruction.
class ControlPlane {
 public:
  /// Opens the data folder (making what is missing), loads the state and listens. Errors name the
  /// file or port at fault.
  static Result<std::unique_ptr<ControlPlane>> Open(ControlPlaneOptions options, Clock& clock,
                                                    Random& random);
  ~ControlPlane();

  std::uint16_t https_port() const;
  std::uint16_t grpc_port() const;
  std::string https_url() const;
  /// Where this machine's own agent dials in: host:port.
  std::string grpc_target() const;
  std::shared_ptr<const GridIdentity> identity() const;
  const std::string& kubeconfig_path() const;
  /// Requests in-process, for the controllers beside it.
  HttpHandler handler();
  /// A one-time token for a machine that joins as `node_name`.
  Result<std::string> CreateJoinToken(Duration ttl, const std::string& node_name);

  /// Takes over what the data folder's certificates and CAs are now: somebody may have put others
  /// there. An error changes nothing.
  Status Reload(const Clock& clock);

  void Stop(std::chrono::milliseconds grace);

 private:
  struct Parts;
  explicit ControlPlane(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace noizy
