#include "apiserver/resources/encode.h"

#include <algorithm>
#include <array>
#include <functional>

#include "apiserver/resources/stored_form.h"
#include "machinery/meta/selector.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

// How stored bytes begin.
constexpr std::string_view kVersionMember = "{\"apiVersion\":\"";
// What a large object made the scratch grow to is given back.
constexpr std::size_t kKeptScratchBytes = 256 * 1024;
constexpr std::array<std::string_view, 3> kBeforeRevision = {"name", "namespace", "uid"};

void AppendMember(std::string& out, std::string_view name, const Value& value, bool& first) {
  if (!first) out += ',';
  first = false;
  AppendJsonString(out, name);
  out += ':';
  AppendJson(out, value);
}

bool ComesBeforeRevision(std::string_view name) {
  return std::ranges::find(kBeforeRevision, name) != kBeforeRevision.end();
}

// The metadata object; returns where the revision's digits go.
std::size_t AppendMetadata(std::string& out, const Object& metadata) {
  bool first = true;
  out += '{';
  for (const std::string_view name : kBeforeRevision) {
    if (const Value* value = metadata.if_contains(name)) AppendMember(out, name, *value, first);
  }
  if (!first) out += ',';
  first = false;
  out += "\"resourceVersion\":\"";
  const std::size_t revision_offset = out.size();
  out += '"';
  for (const auto& [key, value] : metadata) {
    if (key != "resourceVersion" && !ComesBeforeRevision(key)) AppendMember(out, key, value, first);
  }
  out += '}';
  return revision_offset;
}

}  // namespace

UnversionedBytes EncodeObject(const Value& object) {
  static const Object kNoMetadata;
  // Written where there is room already and then copied at its size: a text that grows as it is
  // written costs page faults, each as much as a tenth of the rest.
  thread_local std::string out;
  if (out.capacity() > kKeptScratchBytes) out = {};
  out.clear();
  UnversionedBytes encoded;
  const Object& members = object.get_object();
  bool first = true;
  out += '{';
  for (const std::string_view name : {"apiVersion", "kind"}) {
    if (const Value* value = members.if_contains(name)) AppendMember(out, name, *value, first);
  }
  if (!first) out += ',';
  first = false;
  out += "\"metadata\":";
  const Object* metadata = ObjectAt(object, {"metadata"});
  encoded.revision_offset = AppendMetadata(out, metadata == nullptr ? kNoMetadata : *metadata);
  for (const auto& [key, value] : members) {
    if (key != "apiVersion" && key != "kind" && key != "metadata")
      AppendMember(out, key, value, first);
  }
  out += '}';
  encoded.bytes = out;
  return encoded;
}

UnversionedBytes EncodeStored(const Kind& kind, const Value& object) {
  if (IsRenamed(kind)) return EncodeObject(ToStored(kind, object));
  if (!kind.has_other_versions) return EncodeObject(object);
  const GroupVersionKind stored{kind.gvk.group, kind.storage_version, kind.gvk.kind};
  Value renamed = object;
  Set(renamed, {"apiVersion"}, Value(stored.ApiVersion()));
  return EncodeObject(renamed);
}

std::string WithRevision(const UnversionedBytes& encoded, std::int64_t revision) {
  std::string bytes = encoded.bytes;
  return bytes.insert(encoded.revision_offset, std::to_string(revision));
}

std::string WithoutRevision(const UnversionedBytes& encoded) {
  // Names come before it, so there is a comma to take along.
  constexpr std::string_view kMember = ",\"resourceVersion\":\"\"";
  std::string bytes = encoded.bytes;
  return bytes.erase(encoded.revision_offset + 1 - kMember.size(), kMember.size());
}

Result<Value> DecodeObject(const StoredObject& object) {
  Result<Value> value = ParseJson(object.bytes);
  if (!value.ok())
    return Internal("stored object " + object.key.name +
                    " cannot be read: " + value.status().message());
  return value;
}

Result<Value> DecodeAs(const Kind& kind, const StoredObject& object) {
  NOIZY_ASSIGN_OR_RETURN(Value value, DecodeObject(object));
  if (IsRenamed(kind)) return FromStored(kind, std::move(value));
  if (kind.has_other_versions) Set(value, {"apiVersion"}, Value(kind.gvk.ApiVersion()));
  return value;
}

bool IsOfVersion(const StoredObject& object, std::string_view api_version) {
  const std::string_view bytes = object.bytes;
  return bytes.starts_with(kVersionMember) &&
         bytes.substr(kVersionMember.size()).starts_with(api_version) &&
         BehindVersion(object).data() == bytes.data() + kVersionMember.size() + api_version.size();
}

std::string_view BehindVersion(const StoredObject& object) {
  const std::string_view bytes = object.bytes;
  return bytes.substr(std::min(bytes.find('"', kVersionMember.size()), bytes.size()));
}

bool MayHaveMember(const StoredObject& object, std::string_view name) {
  std::string member = "\"";
  member.append(name).append("\":");
  // Every object has a quote every few bytes, where string's own search would stop.
  const std::boyer_moore_horspool_searcher searcher(member.begin(), member.end());
  return std::search(object.bytes.begin(), object.bytes.end(), searcher) != object.bytes.end();
}

StoredObjectPtr AtRevision(const StoredObject& object, std::int64_t revision) {
  auto copy = std::make_shared<StoredObject>(object);
  copy->revision = revision;
  // Names and uids hold no quotes, so the first such text is the member itself.
  const std::string before = "\"resourceVersion\":\"" + std::to_string(object.revision);
  const auto at = copy->bytes.find(before);
  if (at == std::string::npos) return copy;
  const std::size_t digits = std::to_string(object.revision).size();
  copy->bytes.replace(at + before.size() - digits, digits, std::to_string(revision));
  return copy;
}

std::string FieldText(const Value& object, std::string_view path) {
  const Value* value = &object;
  while (!path.empty()) {
    const auto dot = std::min(path.find('.'), path.size());
    const Object* members = value->if_object();
    value = members == nullptr ? nullptr : members->if_contains(path.substr(0, dot));
    if (value == nullptr) return "";
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  if (value->is_null()) return "";
  return value->is_string() ? std::string(View(value->get_string())) : ToJson(*value);
}

Attributes AttributesOf(const Kind& kind, const Value& object) {
  Attributes attributes;
  attributes.labels = LabelsOf(object);
  for (const std::string& path : kind.selectable_fields) {
    attributes.fields.emplace_back(StoredPath(kind, path), FieldText(object, path));
  }
  std::ranges::sort(attributes.fields);
  return attributes;
}

Attributes StoredAttributes::Of(const StoreKey& key, std::string_view bytes) {
  auto [found, is_new] = readings_.try_emplace(key.resource);
  Reading& reading = found->second;
  if (is_new) {
    static const KindPtr kUnknown = std::make_shared<const Kind>();
    reading.kind = kinds_.FindByName(key.resource);
    if (reading.kind == nullptr) reading.kind = kUnknown;
    reading.parts.Add("metadata.labels");
    for (const std::string& path : reading.kind->selectable_fields) reading.parts.Add(path);
  }
  const Result<Value> object = reading.parts.Read(bytes);
  return object.ok() ? AttributesOf(*reading.kind, *object) : Attributes();
}

}  // namespace noizy::apiserver
