// What Secrets and ConfigMaps may hold: keys, sizes, and what a Secret's type asks for.
#include <algorithm>
#include <array>

#include "apiserver/admission/rules.h"
#include "machinery/meta/meta.h"
#include "machinery/value/base64.h"
#include "machinery/value/field_path.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

using Causes = std::vector<StatusCause>;

// Kubernetes' MaxSecretSize; a ConfigMap's too.
constexpr std::size_t kMaxDataBytes = 1024 * 1024;
constexpr std::size_t kMaxKeyLength = 253;
constexpr std::string_view kRedacted = "<secret contents redacted>";
constexpr std::string_view kAccountName = "kubernetes.io/service-account.name";

void AddInvalid(Causes& causes, const FieldPath& path, std::string_view value,
                std::string_view why) {
  std::string message = "Invalid value: \"";
  message.append(value).append("\": ").append(why);
  causes.push_back({"FieldValueInvalid", std::move(message), path.ToString()});
}

void Require(Causes& causes, const FieldPath& path) {
  causes.push_back({"FieldValueRequired", "Required value", path.ToString()});
}

bool IsKeyCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

void CheckKey(std::string_view key, const FieldPath& path, Causes& causes) {
  if (key.size() > kMaxKeyLength)
    AddInvalid(causes, path, key, "must be no more than 253 characters");
  if (key.empty() || !std::ranges::all_of(key, IsKeyCharacter)) {
    AddInvalid(causes, path, key,
               "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
               "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "
               "'[-._a-zA-Z0-9]+')");
  } else if (key == "." || key == "..") {
    AddInvalid(causes, path, key, key == "." ? "must not be '.'" : "must not be '..'");
  } else if (key.starts_with("..")) {
    AddInvalid(causes, path, key, "must not start with '..'");
  }
}

std::size_t TextSize(const Value& value) {
  return value.is_string() ? value.get_string().size() : 0;
}

// What base64 text decodes to.
std::size_t BytesSize(const Value& value) {
  return TextSize(value) / 4 * 3;
}

// Checks a member's keys and returns how much its values take.
std::size_t CheckKeys(const Value& object, std::string_view member,
                      std::size_t (*size)(const Value& value), Causes& causes) {
  const Object* data = ObjectAt(object, {member});
  std::size_t total = 0;
  if (data == nullptr) return total;
  for (const auto& [key, value] : *data) {
    CheckKey(key, FieldPath(std::string(member)).Key(key), causes);
    total += size(value);
  }
  return total;
}

void CheckSize(std::size_t bytes, std::string field, Causes& causes) {
  if (bytes <= kMaxDataBytes) return;
  causes.push_back(
      {"FieldValueTooLong", "Too long: may not be more than 1048576 bytes", std::move(field)});
}

struct TypeRule {
  std::string_view type;
  std::string_view key;
  bool is_json = false;
};

// The keys that a Secret of a type must have.
constexpr std::array kTypeRules = {
    TypeRule{"kubernetes.io/tls", "tls.crt"},
    TypeRule{"kubernetes.io/tls", "tls.key"},
    TypeRule{"kubernetes.io/ssh-auth", "ssh-privatekey"},
    TypeRule{"kubernetes.io/dockercfg", ".dockercfg", true},
    TypeRule{"kubernetes.io/dockerconfigjson", ".dockerconfigjson", true},
};

void CheckTypeKeys(const Value& secret, std::string_view type, Causes& causes) {
  for (const TypeRule& rule : kTypeRules) {
    if (rule.type != type) continue;
    const FieldPath path = FieldPath("data").Key(rule.key);
    const Value* value = Find(secret, {"data", rule.key});
    if (value == nullptr) {
      Require(causes, path);
    } else if (rule.is_json) {
      const Result<std::string> text = DecodeBase64(StringAt(secret, {"data", rule.key}));
      const Result<Value> json = text.ok() ? ParseJson(*text) : text.status();
      if (!json.ok()) AddInvalid(causes, path, kRedacted, json.status().message());
    }
  }
}

void CheckType(const Value& secret, Causes& causes) {
  const std::string_view type = StringAt(secret, {"type"});
  CheckTypeKeys(secret, type, causes);
  if (type == "kubernetes.io/basic-auth" && Find(secret, {"data", "username"}) == nullptr &&
      Find(secret, {"data", "password"}) == nullptr) {
    Require(causes, FieldPath("data").Key("username"));
    Require(causes, FieldPath("data").Key("password"));
  }
  if (type == "kubernetes.io/service-account-token" && AnnotationOf(secret, kAccountName).empty())
    Require(causes, FieldPath("metadata.annotations").Key(kAccountName));
}

}  // namespace

std::vector<StatusCause> CheckSecretData(const AdmissionRequest& request) {
  Causes causes;
  CheckSize(CheckKeys(request.object, "data", BytesSize, causes), "data", causes);
  CheckType(request.object, causes);
  const std::string_view type = StringAt(request.object, {"type"});
  if (request.before != nullptr && StringAt(*request.before, {"type"}) != type)
    AddInvalid(causes, FieldPath("type"), type, "field is immutable");
  return causes;
}

std::vector<StatusCause> CheckConfigMapData(const AdmissionRequest& request) {
  Causes causes;
  const std::size_t text = CheckKeys(request.object, "data", TextSize, causes);
  const std::size_t bytes = CheckKeys(request.object, "binaryData", BytesSize, causes);
  if (const Object* data = ObjectAt(request.object, {"data"})) {
    for (const auto& [key, value] : *data) {
      if (Find(request.object, {"binaryData", key}) != nullptr) {
        AddInvalid(causes, FieldPath("data").Key(key), key,
                   "duplicate of key present in binaryData");
      }
    }
  }
  CheckSize(text + bytes, "", causes);
  return causes;
}

}  // namespace noizy::apiserver
