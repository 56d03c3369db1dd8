// How much of which request goes into the audit log (audit.k8s.io/v1 Policy): the first rule that
// fits decides.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/authorization/access.h"
#include "apiserver/authorization/identity.h"
#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// Each holds what the one before it does, and more.
enum class AuditLevel : std::uint8_t { kNone, kMetadata, kRequest, kRequestResponse };
std::string_view AuditLevelName(AuditLevel level);

/// When in a request's life an event is written. A stream has ResponseStarted in the place of
/// ResponseComplete.
enum class AuditStage : std::uint8_t { kRequestReceived, kResponseStarted, kResponseComplete };
std::string_view AuditStageName(AuditStage stage);

/// Empty members fit everything.
struct AuditRule {
  struct Resources {
    std::string group;
    std::vector<std::string> resources;  // "tasks", "tasks/log", "tasks/*", "*", "*/log"
    std::vector<std::string> names;
  };
  AuditLevel level = AuditLevel::kNone;
  std::vector<std::string> omitted_stages;  // the policy's own too
  std::vector<std::string> users;
  std::vector<std::string> groups;
  std::vector<std::string> verbs;
  std::vector<Resources> resources;
  std::vector<std::string> namespaces;  // "" for what is in none
  std::vector<std::string> paths;       // "/metrics", "/healthz*"
};

/// Immutable.
class AuditPolicy {
 public:
  /// What a grid logs unless told otherwise: everything by its metadata once it is answered, but
  /// for the reads of health, version and metrics.
  AuditPolicy();
  /// An audit.k8s.io/v1 Policy in YAML or JSON; BadRequest names what is wrong with it. A policy
  /// without a rule that fits logs nothing, as in Kubernetes.
  static Result<AuditPolicy> Parse(std::string_view text);

  /// kNone where the rule leaves `stage` out. Secrets, tokens and token reviews never get more than
  /// kMetadata, whatever the rules say.
  AuditLevel LevelFor(const Identity& identity, const Access& access,
                      AuditStage stage = AuditStage::kResponseComplete) const;
  /// Whether any rule writes an event at `stage`.
  bool Writes(AuditStage stage) const;

 private:
  explicit AuditPolicy(std::vector<AuditRule> rules) : rules_(std::move(rules)) {}
  std::vector<AuditRule> rules_;
};

}  // namespace noizy::apiserver
