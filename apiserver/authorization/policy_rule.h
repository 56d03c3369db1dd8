// One rule of a role: what it allows, and what rules together cover.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apiserver/authorization/access.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// rbac.authorization.k8s.io/v1 PolicyRule.
struct PolicyRule {
  std::vector<std::string> verbs;
  std::vector<std::string> api_groups;
  std::vector<std::string> resources;
  std::vector<std::string> resource_names;
  std::vector<std::string> non_resource_urls;

  bool operator==(const PolicyRule&) const = default;
};
using PolicyRules = std::vector<PolicyRule>;
using PolicyRulesPtr = std::shared_ptr<const PolicyRules>;

/// `rules` of a Role or ClusterRole.
PolicyRules RulesOf(const Value& role);
Value RuleToValue(const PolicyRule& rule);

bool Allows(const PolicyRule& rule, const Access& access);
bool Allows(const PolicyRules& rules, const Access& access);

/// The parts of `asked` that `owned` does not allow, each for one verb on one thing, those that
/// differ only in their verb put together.
PolicyRules NotCovered(const PolicyRules& owned, const PolicyRules& asked);

/// {APIGroups:["noizy.dev"], Resources:["tasks"], Verbs:["get"]}, as Kubernetes prints rules.
std::string ToString(const PolicyRule& rule);

}  // namespace noizy::apiserver
