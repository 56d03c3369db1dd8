#include "apiserver/reviews/access_reviews.h"

#include "apiserver/authorization/node_rule.h"
#include "machinery/meta/meta.h"
#include "machinery/value/string_array.h"

namespace noizy::apiserver {
namespace {

Value Extra(const std::map<std::string, std::vector<std::string>>& extra) {
  Object out;
  for (const auto& [key, values] : extra) out.emplace(key, StringArray(values));
  return out;
}

// The views live as long as the review.
Access AccessAskedFor(const Value& review) {
  if (const Value* path = Find(review, {"spec", "nonResourceAttributes"}))
    return {
        .verb = StringAt(*path, {"verb"}), .is_resource = false, .path = StringAt(*path, {"path"})};
  const auto at = [&](std::string_view member) {
    return StringAt(review, {"spec", "resourceAttributes", member});
  };
  return {.verb = at("verb"),
          .group = at("group"),
          .resource = at("resource"),
          .subresource = at("subresource"),
          .ns = at("namespace"),
          .name = at("name")};
}

Status InvalidSpec(const Value& review, std::string field, std::string message) {
  return Invalid(StringAt(review, {"kind"}), "authorization.k8s.io", "",
                 {{"FieldValueInvalid", std::move(message), std::move(field)}});
}

}  // namespace

Result<Identity> SubjectOf(const Value& review) {
  Identity subject{std::string(StringAt(review, {"spec", "user"})),
                   StringsAt(review, {"spec", "groups"})};
  subject.uid = StringAt(review, {"spec", "uid"});
  if (const Object* extra = ObjectAt(review, {"spec", "extra"})) {
    for (const auto& [key, values] : *extra) subject.extra[key] = StringsAt(values, {});
  }
  if (subject.user.empty() && subject.groups.empty()) {
    return InvalidSpec(review, "spec.user",
                       "Invalid value: \"\": at least one of user or group must be specified");
  }
  const bool local = StringAt(review, {"kind"}) == "LocalSubjectAccessReview";
  const std::string_view asked = StringAt(review, {"spec", "resourceAttributes", "namespace"});
  if (local && asked != NamespaceOf(review)) {
    return InvalidSpec(
        review, "spec.resourceAttributes.namespace",
        "Invalid value: \"" + std::string(asked) + "\": must match metadata.namespace");
  }
  return subject;
}

Status AnswerAccess(Authorizer& authorizer, const Identity& subject, Value& review) {
  const Decision decision = authorizer.Decide(subject, AccessAskedFor(review));
  Object status{{"allowed", decision.allowed}};
  if (!decision.reason.empty()) status.emplace("reason", decision.reason);
  Set(review, {"status"}, std::move(status));
  return Status::Ok();
}

Status AnswerRules(Authorizer& authorizer, const Identity& subject, Value& review) {
  const std::string_view ns = StringAt(review, {"spec", "namespace"});
  if (ns.empty()) return BadRequest("no namespace on request");
  Array resource_rules;
  Array path_rules;
  for (const PolicyRule& rule : authorizer.RulesOf(subject, ns)) {
    (rule.non_resource_urls.empty() ? resource_rules : path_rules).push_back(RuleToValue(rule));
  }
  Object status{{"resourceRules", std::move(resource_rules)},
                {"nonResourceRules", std::move(path_rules)},
                {"incomplete", false}};
  if (!NodeNameOf(subject).empty()) {
    // What is a node's own depends on the objects; no list of rules can say it.
    status["incomplete"] = true;
    status.emplace("evaluationError", "a node may also touch what is its own");
  }
  Set(review, {"status"}, std::move(status));
  return Status::Ok();
}

Value UserInfo(const Identity& identity) {
  Object out{{"username", identity.user}};
  if (!identity.uid.empty()) out.emplace("uid", identity.uid);
  if (!identity.groups.empty()) out.emplace("groups", StringArray(identity.groups));
  if (!identity.extra.empty()) out.emplace("extra", Extra(identity.extra));
  return out;
}

}  // namespace noizy::apiserver
