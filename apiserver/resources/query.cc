#include "apiserver/resources/query.h"

#include <algorithm>
#include <charconv>

#include "apiserver/payloads/streamed_payload.h"
#include "apiserver/resources/encode.h"
#include "apiserver/resources/payload_check.h"
#include "apiserver/resources/stored_form.h"
#include "machinery/value/utf8.h"

namespace noizy::apiserver {
namespace {

constexpr std::size_t kMaxManagerBytes = 128;  // Kubernetes' FieldManagerMaxLength

bool IsSelectable(const Kind& kind, std::string_view field) {
  if (field == "metadata.name") return true;
  if (field == "metadata.namespace") return kind.namespaced();
  return std::ranges::find(kind.selectable_fields, field) != kind.selectable_fields.end();
}

bool HasField(const StoredObject& object, std::string_view path) {
  return std::ranges::any_of(object.attributes.fields,
                             [&](const auto& field) { return field.first == path; });
}

// The fields of an object that selectors see, its name among them. An object that was written
// before its kind declared the field has no note of it, and is read.
KeyValues FieldsOf(const StoredObject& object, const Selector& selector) {
  KeyValues fields = object.attributes.fields;
  Result<Value> tree = Value(nullptr);
  for (const Requirement& requirement : selector.requirements()) {
    if (requirement.key.starts_with("metadata.") || HasField(object, requirement.key)) continue;
    if (tree.ok() && tree->is_null()) tree = DecodeObject(object);
    fields.emplace_back(requirement.key, tree.ok() ? FieldText(*tree, requirement.key) : "");
  }
  fields.emplace_back("metadata.name", object.key.name);
  fields.emplace_back("metadata.namespace", object.key.ns);
  std::ranges::sort(fields);
  return fields;
}

// What the options of a verb are called in errors.
std::string_view OptionsKind(std::string_view verb) {
  if (verb == "create") return "CreateOptions";
  if (verb == "update") return "UpdateOptions";
  if (verb == "patch") return "PatchOptions";
  return "DeleteOptions";
}

std::vector<StatusCause> ReadDryRun(const RequestContext& context, WritePolicy& policy) {
  for (const auto& [name, value] : context.query) {
    if (name != "dryRun") continue;
    if (value != "All") {
      return {{"FieldValueNotSupported",
               "Unsupported value: []string{\"" + value + "\"}: supported values: \"All\"",
               "dryRun"}};
    }
    policy.dry_run = true;
  }
  return {};
}

bool IsPrintable(CodePoint point) {
  return point.bytes > 0 && point.value >= 0x20 && point.value != 0x7f;
}

// The printable characters of `text`, at most kMaxManagerBytes of them.
std::string PrintablePart(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = DecodeUtf8(text, at);
    const std::size_t bytes = std::max<std::size_t>(point.bytes, 1);
    if (IsPrintable(point)) {
      if (out.size() + bytes > kMaxManagerBytes) break;
      out += text.substr(at, bytes);
    }
    at += bytes;
  }
  return out;
}

void CheckManager(const std::string& manager, std::vector<StatusCause>& causes) {
  if (manager.size() > kMaxManagerBytes) {
    causes.push_back(
        {"FieldValueTooLong",
         "Too long: may not be more than " + std::to_string(kMaxManagerBytes) + " bytes",
         "fieldManager"});
  }
  if (manager.size() <= kMaxManagerBytes && PrintablePart(manager) != manager) {
    causes.push_back({"FieldValueInvalid",
                      "Invalid value: should only contain printable characters", "fieldManager"});
  }
}

// "kubectl/v1.32.5 (linux/amd64) kubernetes/9894294" → "kubectl".
std::string ProgramOf(std::string_view user_agent) {
  return PrintablePart(user_agent.substr(0, user_agent.find('/')));
}

constexpr std::string_view kSigningRequests = "certificatesigningrequests.certificates.k8s.io";
constexpr std::string_view kTasks = "tasks.noizy.dev";

Array TextsOf(const std::vector<std::string>& texts) {
  Array out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

// Who asks for a certificate is what the approval goes by: whatever the body says of it is not.
void StampRequestor(const Identity& identity, Value& created) {
  Value& spec = Ensure(created, {"spec"});
  for (const std::string_view member : {"username", "uid", "groups", "extra"})
    Remove(spec, {member});
  Set(spec, {"username"}, Value(identity.user));
  if (!identity.uid.empty()) Set(spec, {"uid"}, Value(identity.uid));
  if (!identity.groups.empty()) Set(spec, {"groups"}, TextsOf(identity.groups));
  for (const auto& [key, values] : identity.extra) Set(spec, {"extra", key}, TextsOf(values));
}

}  // namespace

bool ObjectFilter::Matches(const StoredObject& object) const {
  if (!labels.empty() && !labels.Matches(object.attributes.labels)) return false;
  return fields.empty() || fields.Matches(FieldsOf(object, fields));
}

Result<ObjectFilter> ReadFilter(const RequestContext& context) {
  ObjectFilter filter;
  if (const std::string_view text = context.Parameter("labelSelector"); !text.empty()) {
    NOIZY_ASSIGN_OR_RETURN(filter.labels, ParseLabelSelector(text));
  }
  if (const std::string_view text = context.Parameter("fieldSelector"); !text.empty()) {
    NOIZY_ASSIGN_OR_RETURN(filter.fields, ParseFieldSelector(text));
  }
  for (const Requirement& requirement : filter.fields.requirements()) {
    if (!IsSelectable(*context.kind, requirement.key)) {
      return BadRequest("field label not supported: " + requirement.key);
    }
  }
  if (IsRenamed(*context.kind)) filter.fields = ToStored(*context.kind, filter.fields);
  return filter;
}

StoreKey KeyOf(const RequestContext& context) {
  return {StoredResource(*context.kind), context.target.ns, context.target.name};
}

Scope ScopeOf(const RequestContext& context, const ObjectFilter& filter) {
  Scope scope{StoredResource(*context.kind), context.target.ns, context.target.name};
  for (const Requirement& requirement : filter.fields.requirements()) {
    const bool one = requirement.op == Requirement::Operator::kIn && requirement.values.size() == 1;
    if (one && requirement.key == "metadata.name") scope.name = requirement.values.front();
  }
  return scope;
}

Result<std::int64_t> ReadRevision(const RequestContext& context, std::string_view parameter) {
  const std::string_view text = context.Parameter(parameter);
  if (text.empty()) return 0;
  std::int64_t revision = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), revision);
  if (error != std::errc() || end != text.data() + text.size() || revision < 0) {
    return BadRequest("invalid " + std::string(parameter) + " \"" + std::string(text) +
                      "\": must be a number the server gave out");
  }
  return revision;
}

Result<WritePolicy> ReadWritePolicy(const RequestContext& context, std::vector<StatusCause> more) {
  WritePolicy policy;
  policy.check = context.write_check;
  policy.member = context.member;
  if (context.kind != nullptr && context.kind->Resource() == kTasks) {
    NOIZY_ASSIGN_OR_RETURN(std::string streamed, ReadStreamed(FindHeader(context.request().headers,
                                                                         kStreamedPayloadHeader)));
    policy.check = CheckPayloadRef(std::move(streamed), std::move(policy.check));
  }
  if (context.kind != nullptr && context.kind->Resource() == kSigningRequests)
    policy.stamp = [identity = context.identity](Value& created) {
      StampRequestor(identity, created);
    };
  std::vector<StatusCause> causes = ReadDryRun(context, policy);
  const std::string_view validation = context.Parameter("fieldValidation");
  if (validation == "Strict") {
    policy.validation = FieldValidation::kStrict;
  } else if (validation == "Ignore") {
    policy.validation = FieldValidation::kIgnore;
  } else if (!validation.empty() && validation != "Warn") {
    causes.push_back({"FieldValueNotSupported",
                      "Unsupported value: \"" + std::string(validation) +
                          "\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"",
                      "fieldValidation"});
  }
  policy.manager = context.Parameter("fieldManager");
  CheckManager(policy.manager, causes);
  if (policy.manager.empty())
    policy.manager = ProgramOf(FindHeader(context.request().headers, "User-Agent"));
  if (policy.manager.empty()) policy.manager = "unknown";
  causes.insert(causes.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
  if (causes.empty()) return policy;
  return Invalid(OptionsKind(context.target.verb), "meta.k8s.io", "", std::move(causes));
}

Result<std::vector<StoredObjectPtr>> ListMatching(const Store& store, const Scope& scope,
                                                  const ObjectFilter& filter) {
  NOIZY_ASSIGN_OR_RETURN(Listing listing, store.List(scope, {}));
  if (!filter.empty())
    std::erase_if(listing.items,
                  [&](const StoredObjectPtr& object) { return !filter.Matches(*object); });
  return std::move(listing.items);
}

}  // namespace noizy::apiserver
