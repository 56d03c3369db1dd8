#include "machinery/meta/meta.h"

#include <charconv>

namespace noizy {
namespace {

constexpr std::size_t kMaxDnsSubdomain = 253;  // RFC 1035: what fits a DNS packet's name
constexpr std::size_t kMaxDnsLabel = 63;       // RFC 1035: six bits of length

constexpr std::string_view kDnsLabelRule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and "
    "end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation "
    "is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
constexpr std::string_view kDnsSubdomainRule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must "
    "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation "
    "is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr std::string_view kQualifiedNameRule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
constexpr std::string_view kLabelValueRule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must "
    "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', "
    "regex used "
    "for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

std::string TooLong(std::size_t limit) {
  return "must be no more than " + std::to_string(limit) + " characters";
}

constexpr bool IsLowerOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
constexpr bool IsAlphanumeric(char c) {
  return IsLowerOrDigit(c) || (c >= 'A' && c <= 'Z');
}

bool IsDnsLabelText(std::string_view text) {
  if (text.empty() || !IsLowerOrDigit(text.front()) || !IsLowerOrDigit(text.back())) return false;
  for (const char c : text) {
    if (!IsLowerOrDigit(c) && c != '-') return false;
  }
  return true;
}

bool IsDnsSubdomainText(std::string_view text) {
  while (true) {
    const std::size_t dot = text.find('.');
    if (!IsDnsLabelText(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool IsNamePart(std::string_view text) {
  if (text.empty() || !IsAlphanumeric(text.front()) || !IsAlphanumeric(text.back())) return false;
  for (const char c : text) {
    if (!IsAlphanumeric(c) && c != '-' && c != '_' && c != '.') return false;
  }
  return true;
}

}  // namespace

std::string GroupVersionKind::ApiVersion() const {
  return group.empty() ? version : group + "/" + version;
}

Result<GroupVersionKind> ParseGroupVersionKind(std::string_view api_version,
                                               std::string_view kind) {
  const std::size_t slash = api_version.find('/');
  GroupVersionKind gvk{"", std::string(api_version), std::string(kind)};
  if (slash != std::string_view::npos) {
    gvk.group = api_version.substr(0, slash);
    gvk.version = api_version.substr(slash + 1);
  }
  const bool one_slash = gvk.version.find('/') == std::string::npos;
  if (api_version.empty() || !one_slash) {
    return BadRequest("unexpected GroupVersion string: " + std::string(api_version));
  }
  return gvk;
}

Result<GroupVersionKind> GroupVersionKindOf(const Value& object) {
  const std::string_view kind = StringAt(object, {"kind"});
  if (kind.empty()) return BadRequest("Object 'Kind' is missing");
  const std::string_view api_version = StringAt(object, {"apiVersion"});
  if (api_version.empty()) return BadRequest("Object 'apiVersion' is missing");
  return ParseGroupVersionKind(api_version, kind);
}

std::string ObjectKey::ToString() const {
  return ns.empty() ? name : ns + "/" + name;
}

std::string_view NameOf(const Value& object) {
  return StringAt(object, {"metadata", "name"});
}
std::string_view NamespaceOf(const Value& object) {
  return StringAt(object, {"metadata", "namespace"});
}
std::string_view UidOf(const Value& object) {
  return StringAt(object, {"metadata", "uid"});
}

ObjectKey KeyOf(const Value& object) {
  return {std::string(NamespaceOf(object)), std::string(NameOf(object))};
}

Result<std::int64_t> ResourceVersionOf(const Value& object) {
  const std::string_view text = StringAt(object, {"metadata", "resourceVersion"});
  if (text.empty()) return std::int64_t{0};
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) {
    return BadRequest("metadata.resourceVersion: Invalid value: \"" + std::string(text) +
                      "\": must be an unsigned decimal number");
  }
  return number;
}

std::int64_t GenerationOf(const Value& object) {
  return IntAt(object, {"metadata", "generation"}).value_or(0);
}

bool IsBeingDeleted(const Value& object) {
  return !StringAt(object, {"metadata", "deletionTimestamp"}).empty();
}

bool HasFinalizers(const Value& object) {
  const auto any = [](const Array* list) { return list != nullptr && !list->empty(); };
  if (any(ArrayAt(object, {"metadata", "finalizers"}))) return true;
  const bool is_namespace =
      StringAt(object, {"kind"}) == "Namespace" && StringAt(object, {"apiVersion"}) == "v1";
  return is_namespace && any(ArrayAt(object, {"spec", "finalizers"}));
}

std::vector<std::string> FinalizersOf(const Value& object) {
  std::vector<std::string> finalizers;
  const Array* items = ArrayAt(object, {"metadata", "finalizers"});
  if (items == nullptr) return finalizers;
  for (const Value& item : *items) {
    if (const auto* text = item.if_string()) finalizers.emplace_back(View(*text));
  }
  return finalizers;
}

std::string_view LabelOf(const Value& object, std::string_view key) {
  return StringAt(object, {"metadata", "labels", key});
}

std::string_view AnnotationOf(const Value& object, std::string_view key) {
  return StringAt(object, {"metadata", "annotations", key});
}

std::string CheckDnsSubdomain(std::string_view text) {
  if (text.size() > kMaxDnsSubdomain) return TooLong(kMaxDnsSubdomain);
  return IsDnsSubdomainText(text) ? "" : std::string(kDnsSubdomainRule);
}

std::string CheckDnsLabel(std::string_view text) {
  if (text.size() > kMaxDnsLabel) return TooLong(kMaxDnsLabel);
  if (IsDnsLabelText(text)) return "";
  return IsDnsSubdomainText(text) ? "must not contain dots" : std::string(kDnsLabelRule);
}

std::string CheckQualifiedName(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view prefix = text.substr(0, slash);
    text.remove_prefix(slash + 1);
    if (text.find('/') != std::string_view::npos) {
      return "a qualified name " + std::string(kQualifiedNameRule) +
             " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
    }
    if (prefix.empty()) return "prefix part must be non-empty";
    if (std::string fault = CheckDnsSubdomain(prefix); !fault.empty())
      return "prefix part " + fault;
  }
  if (text.empty()) return "name part must be non-empty";
  if (text.size() > kMaxDnsLabel) return "name part " + TooLong(kMaxDnsLabel);
  return IsNamePart(text) ? "" : "name part " + std::string(kQualifiedNameRule);
}

std::string CheckLabelValue(std::string_view text) {
  if (text.size() > kMaxDnsLabel) return TooLong(kMaxDnsLabel);
  return text.empty() || IsNamePart(text) ? "" : std::string(kLabelValueRule);
}

}  // namespace noizy
