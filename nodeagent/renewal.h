// Renews the node's certificate over the running session, at two thirds of its life, without ending
// the session: the next connection uses the new one.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/transport/agent_transport.h"
#include "nodeagent/identity.h"

namespace noizy::nodeagent {

struct RenewalOptions {
  std::string data_dir;
  NodeIdentity identity;
  /// Connections from now on use this identity.
  std::function<Status(const NodeIdentity& identity)> use;
};

/// For the Executor's thread; made by std::make_shared.
class CertificateRenewal : public std::enable_shared_from_this<CertificateRenewal> {
 public:
  /// `send` drops what is sent while there is no session. What is passed outlives it.
  CertificateRenewal(RenewalOptions options, std::function<void(v1::AgentMessage)> send,
                     Executor& executor, const Clock& clock);
  ~CertificateRenewal();

  /// A session is open: asks for a certificate when it is time, now or later.
  void OnConnected();
  void OnDisconnected();
  /// Takes the certificate if it is for the key that was made for it, and the node's own name. What
  /// was refused is asked for again after a while. CAs that come by themselves are trusted from now
  /// on, and the next certificate, by the new one, is asked for at once.
  void OnAnswer(const v1::CertificateAnswer& answer);

  const NodeIdentity& identity() const { return options_.identity; }

 private:
  void Arm(Duration delay);
  void Ask();
  Status Take(const v1::CertificateAnswer& answer);
  Status Trust(const std::string& ca_pem);

  RenewalOptions options_;
  const std::function<void(v1::AgentMessage)> send_;
  Executor& executor_;
  const Clock& clock_;
  std::string next_key_pem_;  // of the request under way; never leaves this machine
  Executor::TimerId timer_ = 0;
};

}  // namespace noizy::nodeagent
