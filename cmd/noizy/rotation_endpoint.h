// /noizy/v1/ca/rotation: another CA takes the place of the grid's.
//
//   GET                                                  how it stands
//   POST {"action": "Start"}                             a new CA
//   POST {"action": "Start", "certificate": PEM, "key": PEM}   one that was made elsewhere
//   POST {"action": "Finish", "force": false}            the old one is dropped
//   → {"state": "Rotating", "caHash": "sha256:…", "previousCaHash": "sha256:…",
//      "waitingFor": ["Node hp-omen", …]}
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/resources/request.h"
#include "cmd/noizy/live_identity.h"
#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/client/client.h"

namespace noizy {

struct RotationEndpointOptions {
  const LiveIdentity& identity;
  const Clock& clock;
  /// Everything here writes files: it runs there.
  Executor& executor;
  std::string pki_folder;
  std::string passphrase;
  /// Reads the folder again, and tells everybody.
  std::function<Status()> reload;
  /// Whether a node is known to have a certificate of the CA of now.
  std::function<bool(const std::string& node)> node_is_up_to_date;
  /// Whether the certificate of that serial number was taken back.
  std::function<bool(const std::string& serial)> is_revoked;
  std::shared_ptr<Client> client;
};

/// Thread-safe. For administrators: the filter chain lets nobody else through.
class RotationEndpoint {
 public:
  explicit RotationEndpoint(RotationEndpointOptions options) : options_(std::move(options)) {}
  void Handle(const apiserver::RequestPtr& request);

 private:
  Result<Value> Act(const Value& body);
  Status Start(const Value& body);
  Status Finish(const Value& body);
  Result<Value> Describe() const;
  Result<std::vector<std::string>> WaitingFor() const;
  Status AddNodes(std::vector<std::string>& waiting) const;
  Status AddCertificates(std::vector<std::string>& waiting) const;
  Status AddIdentities(std::vector<std::string>& waiting) const;

  const RotationEndpointOptions options_;
};

}  // namespace noizy
