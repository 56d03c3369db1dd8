#include "apiserver/authorization/policy_rule.h"

#include <algorithm>

#include "machinery/value/string_array.h"

namespace noizy::apiserver {
namespace {

using Texts = std::vector<std::string>;

bool Has(const Texts& texts, std::string_view wanted) {
  return std::ranges::find(texts, wanted) != texts.end();
}

bool HasOrAll(const Texts& texts, std::string_view wanted) {
  return std::ranges::any_of(
      texts, [&](const std::string& text) { return text == "*" || text == wanted; });
}

// Whether a rule's "tasks", "tasks/log", "*/log" or "*" stands for the resource.
bool StandsFor(std::string_view pattern, std::string_view resource, std::string_view subresource) {
  if (pattern == "*") return true;
  const auto slash = pattern.find('/');
  const std::string_view base = pattern.substr(0, slash);
  const std::string_view sub =
      slash == std::string_view::npos ? std::string_view() : pattern.substr(slash + 1);
  if (sub != subresource) return false;
  return base == resource || (base == "*" && !subresource.empty());
}

bool ResourceFits(const Texts& patterns, std::string_view resource, std::string_view subresource) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    return StandsFor(pattern, resource, subresource);
  });
}

bool PathFits(const Texts& patterns, std::string_view path) {
  return std::ranges::any_of(patterns, [&](std::string_view pattern) {
    if (pattern == path) return true;
    return pattern.ends_with('*') && path.starts_with(pattern.substr(0, pattern.size() - 1));
  });
}

void Put(Object& object, std::string_view member, const Texts& texts) {
  if (texts.empty()) return;
  object.emplace(member, StringArray(texts));
}

// A rule for one verb on one thing: what is covered whole or not at all.
bool CoversSingle(const PolicyRule& owned, const PolicyRule& single) {
  if (!HasOrAll(owned.verbs, single.verbs.front())) return false;
  if (!single.non_resource_urls.empty())
    return PathFits(owned.non_resource_urls, single.non_resource_urls.front());
  const std::string_view resource = single.resources.front();
  const auto slash = resource.find('/');
  const bool resource_fits = ResourceFits(
      owned.resources, resource.substr(0, slash),
      slash == std::string_view::npos ? std::string_view() : resource.substr(slash + 1));
  const bool name_fits =
      owned.resource_names.empty() ||
      (!single.resource_names.empty() && Has(owned.resource_names, single.resource_names.front()));
  return HasOrAll(owned.api_groups, single.api_groups.front()) && resource_fits && name_fits;
}

// `rule` for each of its things, with one verb each.
PolicyRules Singles(const PolicyRule& rule) {
  PolicyRules out;
  const Texts names = rule.resource_names.empty() ? Texts{""} : rule.resource_names;
  for (const std::string& verb : rule.verbs) {
    for (const std::string& group : rule.api_groups) {
      for (const std::string& resource : rule.resources) {
        for (const std::string& name : names)
          out.push_back({{verb}, {group}, {resource}, name.empty() ? Texts() : Texts{name}, {}});
      }
    }
    for (const std::string& path : rule.non_resource_urls)
      out.push_back({{verb}, {}, {}, {}, {path}});
  }
  return out;
}

// Adds `single` to the rule for the same thing, if there is one.
void Collect(PolicyRules& rules, PolicyRule single) {
  for (PolicyRule& rule : rules) {
    PolicyRule same = single;
    same.verbs = rule.verbs;
    if (same == rule) return rule.verbs.push_back(std::move(single.verbs.front()));
  }
  rules.push_back(std::move(single));
}

void AppendPart(std::string& text, std::string_view label, const Texts& texts) {
  if (texts.empty()) return;
  text.append(text.size() > 1 ? ", " : "").append(label).append(":[");
  for (std::size_t i = 0; i < texts.size(); ++i)
    text.append(i > 0 ? " " : "").append("\"").append(texts[i]).append("\"");
  text.append("]");
}

}  // namespace

PolicyRules RulesOf(const Value& role) {
  PolicyRules rules;
  const Array* items = ArrayAt(role, {"rules"});
  if (items == nullptr) return rules;
  for (const Value& item : *items) {
    rules.push_back({StringsAt(item, {"verbs"}), StringsAt(item, {"apiGroups"}),
                     StringsAt(item, {"resources"}), StringsAt(item, {"resourceNames"}),
                     StringsAt(item, {"nonResourceURLs"})});
  }
  return rules;
}

Value RuleToValue(const PolicyRule& rule) {
  Object out;
  Put(out, "verbs", rule.verbs);
  Put(out, "apiGroups", rule.api_groups);
  Put(out, "resources", rule.resources);
  Put(out, "resourceNames", rule.resource_names);
  Put(out, "nonResourceURLs", rule.non_resource_urls);
  return out;
}

bool Allows(const PolicyRule& rule, const Access& access) {
  if (!HasOrAll(rule.verbs, access.verb)) return false;
  if (!access.is_resource) return PathFits(rule.non_resource_urls, access.path);
  return HasOrAll(rule.api_groups, access.group) &&
         ResourceFits(rule.resources, access.resource, access.subresource) &&
         (rule.resource_names.empty() || Has(rule.resource_names, access.name));
}

bool Allows(const PolicyRules& rules, const Access& access) {
  return std::ranges::any_of(rules, [&](const PolicyRule& rule) { return Allows(rule, access); });
}

PolicyRules NotCovered(const PolicyRules& owned, const PolicyRules& asked) {
  PolicyRules missing;
  for (const PolicyRule& rule : asked) {
    for (PolicyRule& single : Singles(rule)) {
      const bool covered = std::ranges::any_of(
          owned, [&](const PolicyRule& own) { return CoversSingle(own, single); });
      if (!covered) Collect(missing, std::move(single));
    }
  }
  return missing;
}

std::string ToString(const PolicyRule& rule) {
  std::string text = "{";
  AppendPart(text, "APIGroups", rule.api_groups);
  AppendPart(text, "Resources", rule.resources);
  AppendPart(text, "NonResourceURLs", rule.non_resource_urls);
  AppendPart(text, "ResourceNames", rule.resource_names);
  AppendPart(text, "Verbs", rule.verbs);
  return text + "}";
}

}  // namespace noizy::apiserver
