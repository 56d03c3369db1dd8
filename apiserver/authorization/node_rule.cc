#include "apiserver/authorization/node_rule.h"

#include <algorithm>

#include "machinery/meta/meta.h"
#include "machinery/meta/selector.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kNodeNameField = "status.nodeName";

bool IsOneOf(std::string_view verb, std::initializer_list<std::string_view> verbs) {
  return std::ranges::find(verbs, verb) != verbs.end();
}

bool MayTouchNode(std::string_view node, const Access& access) {
  if (access.name != node) return false;
  return access.subresource.empty()
             ? IsOneOf(access.verb, {"get", "list", "watch"})
             : access.subresource == "status" && IsOneOf(access.verb, {"get", "update", "patch"});
}

bool IsBoundTo(std::string_view node, const Access& access, const Store& store) {
  const StoredObjectPtr task =
      store.Get({"tasks.noizy.dev", std::string(access.ns), std::string(access.name)});
  if (task == nullptr) return false;
  return std::ranges::any_of(task->attributes.fields, [&](const auto& field) {
    return field.first == kNodeNameField && field.second == node;
  });
}

// Whether a list or watch is limited to the node's Tasks.
bool SelectsOwn(std::string_view node, std::string_view field_selector) {
  const Result<Selector> selector = ParseFieldSelector(field_selector);
  if (!selector.ok()) return false;
  return std::ranges::any_of(selector->requirements(), [&](const Requirement& requirement) {
    return requirement.key == kNodeNameField && requirement.op == Requirement::Operator::kIn &&
           requirement.values.size() == 1 && requirement.values.front() == node;
  });
}

bool MayTouchTask(std::string_view node, const Access& access, const Store& store) {
  if (access.subresource.empty() && IsOneOf(access.verb, {"list", "watch"}))
    return SelectsOwn(node, access.field_selector);
  const bool reads =
      access.verb == "get" && (access.subresource.empty() || access.subresource == "status");
  const bool reports = access.subresource == "status" && IsOneOf(access.verb, {"update", "patch"});
  return (reads || reports) && IsBoundTo(node, access, store);
}

// A new Lease's name is in its body: CheckNodeWrite looks at it.
bool MayTouchLease(std::string_view node, const Access& access) {
  if (access.ns != kNodeLeaseNamespace || !access.subresource.empty()) return false;
  if (access.verb == "create") return true;
  return access.name == node && IsOneOf(access.verb, {"get", "update", "patch", "delete"});
}

}  // namespace

std::string_view NodeNameOf(const Identity& identity) {
  const std::string_view user = identity.user;
  if (!user.starts_with(kNodeUserPrefix) || !identity.InGroup(kNodesGroup)) return {};
  return user.substr(kNodeUserPrefix.size());
}

bool NodeMay(std::string_view node, const Access& access, const Store& store) {
  if (!access.is_resource) return false;
  if (access.group == "noizy.dev" && access.resource == "nodes") return MayTouchNode(node, access);
  if (access.group == "noizy.dev" && access.resource == "tasks")
    return MayTouchTask(node, access, store);
  if (access.group == "coordination.k8s.io" && access.resource == "leases")
    return MayTouchLease(node, access);
  return IsOneOf(access.group, {"", "events.k8s.io"}) && access.resource == "events" &&
         IsOneOf(access.verb, {"create", "update", "patch"});
}

Status CheckNodeWrite(std::string_view node, const Value* before, const Value& after) {
  const std::string_view kind = StringAt(after, {"kind"});
  if (kind == "Lease" && NameOf(after) != node) {
    std::string text = "leases.coordination.k8s.io \"";
    text.append(NameOf(after)).append("\" is forbidden: node \"").append(node);
    return Forbidden(text.append("\" can only access its own lease"));
  }
  const bool moves =
      kind == "Task" && before != nullptr &&
      StringAt(after, {"status", "nodeName"}) != StringAt(*before, {"status", "nodeName"});
  if (!moves) return Status::Ok();
  std::string text = "tasks.noizy.dev \"";
  text.append(NameOf(after)).append("\" is forbidden: node \"").append(node);
  return Forbidden(text.append("\" cannot move a task to another node"));
}

}  // namespace noizy::apiserver
