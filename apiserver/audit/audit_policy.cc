#include "apiserver/audit/audit_policy.h"

#include <array>

#include "machinery/value/string_array.h"
#include "machinery/value/yaml.h"

namespace noizy::apiserver {
namespace {

using Texts = std::vector<std::string>;

constexpr std::array<std::string_view, 4> kLevelNames = {"None", "Metadata", "Request",
                                                         "RequestResponse"};

// Panic is Kubernetes' too: a handler that throws is answered here, and so complete.
constexpr std::array<std::string_view, 4> kStageNames = {"RequestReceived", "ResponseStarted",
                                                         "ResponseComplete", "Panic"};

bool Has(const Texts& texts, std::string_view wanted) {
  return std::ranges::find(texts, wanted) != texts.end();
}

bool EmptyOrHas(const Texts& texts, std::string_view wanted) {
  return texts.empty() || Has(texts, wanted);
}

bool PathFits(std::string_view pattern, std::string_view path) {
  if (pattern.ends_with('*')) return path.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == path;
}

bool ResourceFits(std::string_view pattern, const Access& access) {
  if (pattern == "*") return true;
  if (access.subresource.empty()) return pattern == access.resource;
  const auto slash = pattern.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view base = pattern.substr(0, slash);
  const std::string_view sub = pattern.substr(slash + 1);
  return (base == "*" || base == access.resource) && (sub == "*" || sub == access.subresource);
}

bool ResourcesFit(const AuditRule::Resources& wanted, const Access& access) {
  if (wanted.group != access.group) return false;
  if (!wanted.names.empty() && !Has(wanted.names, access.name)) return false;
  return wanted.resources.empty() ||
         std::ranges::any_of(wanted.resources, [&](const std::string& pattern) {
           return ResourceFits(pattern, access);
         });
}

bool Fits(const AuditRule& rule, const Identity& identity, const Access& access) {
  if (!EmptyOrHas(rule.users, identity.user) || !EmptyOrHas(rule.verbs, access.verb)) return false;
  const auto in_group = [&](const std::string& group) { return identity.InGroup(group); };
  if (!rule.groups.empty() && std::ranges::none_of(rule.groups, in_group)) return false;
  if (!access.is_resource) {
    if (!rule.resources.empty() || !rule.namespaces.empty()) return false;
    return rule.paths.empty() || std::ranges::any_of(rule.paths, [&](const std::string& path) {
             return PathFits(path, access.path);
           });
  }
  if (!rule.paths.empty() || !EmptyOrHas(rule.namespaces, access.ns)) return false;
  return rule.resources.empty() ||
         std::ranges::any_of(rule.resources, [&](const AuditRule::Resources& resources) {
           return ResourcesFit(resources, access);
         });
}

// What can hold a key, a password or a token.
bool IsConfidential(const Access& access) {
  if (!access.is_resource) return access.path.starts_with("/noizy/v1/tokens");
  return (access.group.empty() &&
          (access.resource == "secrets" || access.subresource == "token")) ||
         access.resource == "tokenreviews";
}

Result<AuditLevel> ReadLevel(std::string_view name) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == name) return static_cast<AuditLevel>(i);
  }
  std::string text =
      "audit policy: a rule's level must be None, Metadata, Request or "
      "RequestResponse, not \"";
  return BadRequest(text.append(name).append("\""));
}

// The stages that a rule leaves out, and those that all of the policy's rules do.
Status ReadOmittedStages(const Value& value, Texts& omitted) {
  for (std::string& stage : StringsAt(value, {"omitStages"})) {
    if (std::ranges::find(kStageNames, stage) == kStageNames.end()) {
      std::string text = "audit policy: there is no stage \"";
      return BadRequest(text.append(stage).append("\" to omit"));
    }
    omitted.push_back(std::move(stage));
  }
  return Status::Ok();
}

Result<AuditRule> ReadRule(const Value& value, const Texts& omitted) {
  AuditRule rule;
  rule.omitted_stages = omitted;
  NOIZY_RETURN_IF_ERROR(ReadOmittedStages(value, rule.omitted_stages));
  NOIZY_ASSIGN_OR_RETURN(rule.level, ReadLevel(StringAt(value, {"level"})));
  rule.users = StringsAt(value, {"users"});
  rule.groups = StringsAt(value, {"userGroups"});
  rule.verbs = StringsAt(value, {"verbs"});
  rule.namespaces = StringsAt(value, {"namespaces"});
  rule.paths = StringsAt(value, {"nonResourceURLs"});
  if (const Array* resources = ArrayAt(value, {"resources"})) {
    for (const Value& entry : *resources) {
      rule.resources.push_back({std::string(StringAt(entry, {"group"})),
                                StringsAt(entry, {"resources"}),
                                StringsAt(entry, {"resourceNames"})});
    }
  }
  return rule;
}

}  // namespace

std::string_view AuditLevelName(AuditLevel level) {
  return kLevelNames[static_cast<std::size_t>(level)];
}

std::string_view AuditStageName(AuditStage stage) {
  return kStageNames[static_cast<std::size_t>(stage)];
}

AuditPolicy::AuditPolicy() {
  AuditRule probes;
  probes.verbs = {"get", "head"};
  probes.paths = {"/healthz*", "/livez*", "/readyz*", "/version*", "/metrics*"};
  AuditRule rest;
  rest.level = AuditLevel::kMetadata;
  rest.omitted_stages = {std::string(AuditStageName(AuditStage::kRequestReceived))};
  rules_ = {probes, rest};
}

Result<AuditPolicy> AuditPolicy::Parse(std::string_view text) {
  NOIZY_ASSIGN_OR_RETURN(const std::vector<YamlDocument> documents, ParseYaml(text));
  if (documents.size() != 1 || StringAt(documents.front().value, {"kind"}) != "Policy" ||
      StringAt(documents.front().value, {"apiVersion"}) != "audit.k8s.io/v1") {
    return BadRequest("audit policy: expected one document of kind Policy in audit.k8s.io/v1");
  }
  const Array* entries = ArrayAt(documents.front().value, {"rules"});
  if (entries == nullptr || entries->empty()) return BadRequest("audit policy: rules are missing");
  Texts omitted;
  NOIZY_RETURN_IF_ERROR(ReadOmittedStages(documents.front().value, omitted));
  std::vector<AuditRule> rules;
  for (const Value& entry : *entries) {
    NOIZY_ASSIGN_OR_RETURN(AuditRule rule, ReadRule(entry, omitted));
    rules.push_back(std::move(rule));
  }
  return AuditPolicy(std::move(rules));
}

bool AuditPolicy::Writes(AuditStage stage) const {
  return std::ranges::any_of(rules_, [&](const AuditRule& rule) {
    return rule.level != AuditLevel::kNone && !Has(rule.omitted_stages, AuditStageName(stage));
  });
}

AuditLevel AuditPolicy::LevelFor(const Identity& identity, const Access& access,
                                 AuditStage stage) const {
  const auto rule = std::ranges::find_if(
      rules_, [&](const AuditRule& one) { return Fits(one, identity, access); });
  if (rule == rules_.end() || Has(rule->omitted_stages, AuditStageName(stage)))
    return AuditLevel::kNone;
  return IsConfidential(access) ? std::min(rule->level, AuditLevel::kMetadata) : rule->level;
}

}  // namespace noizy::apiserver
