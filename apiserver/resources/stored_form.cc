#include "apiserver/resources/stored_form.h"

#include <algorithm>
#include <array>
#include <utility>

namespace noizy::apiserver {
namespace {

struct Renaming {
  std::string_view name;
  std::string_view stored;
};

struct StoredForm {
  std::string_view group, plural;  // the renamed kind
  std::string_view resource;       // what it is stored as
  std::string_view api_version;
  std::array<Renaming, 7> members;
};

// Kubernetes' two groups of Events: what is not listed has the same name in both.
constexpr StoredForm kEvents = {"events.k8s.io",
                                "events",
                                "events",
                                "v1",
                                {{{"note", "message"},
                                  {"regarding", "involvedObject"},
                                  {"reportingController", "reportingComponent"},
                                  {"deprecatedSource", "source"},
                                  {"deprecatedFirstTimestamp", "firstTimestamp"},
                                  {"deprecatedLastTimestamp", "lastTimestamp"},
                                  {"deprecatedCount", "count"}}}};

enum class Direction : std::uint8_t { kToStored, kFromStored };

std::string_view Renamed(std::string_view name, Direction direction) {
  for (const Renaming& member : kEvents.members) {
    if (direction == Direction::kToStored && member.name == name) return member.stored;
    if (direction == Direction::kFromStored && member.stored == name) return member.name;
  }
  return name;
}

// The members under their other names; `prefix` stands before each name and stays.
Object RenameMembers(Object members, Direction direction, std::string_view prefix) {
  Object out;
  out.reserve(members.size());
  for (auto& member : members) {
    std::string_view name(member.key().data(), member.key().size());
    std::string renamed(prefix);
    if (name.starts_with(prefix)) {
      name.remove_prefix(prefix.size());
      renamed.append(Renamed(name, direction));
      name = renamed;
    }
    out.emplace(name, std::move(member.value()));
  }
  return out;
}

// Whose fields are whose is told in the names of the version that the entry says.
void RenameEntries(Value& object, Direction direction, std::string_view from, std::string_view to) {
  Value* entries = Find(object, {"metadata", "managedFields"});
  Array* items = entries == nullptr ? nullptr : entries->if_array();
  if (items == nullptr) return;
  for (Value& entry : *items) {
    if (StringAt(entry, {"apiVersion"}) != from) continue;
    Set(entry, {"apiVersion"}, Value(to));
    Value* fields = Find(entry, {"fieldsV1"});
    if (fields != nullptr && fields->is_object())
      *fields = RenameMembers(std::move(fields->get_object()), direction, "f:");
  }
}

Value Rename(const Kind& kind, Value object, Direction direction) {
  if (!IsRenamed(kind) || !object.is_object()) return object;
  const std::string own = kind.gvk.ApiVersion();
  const bool stores = direction == Direction::kToStored;
  const std::string_view from = stores ? std::string_view(own) : kEvents.api_version;
  const std::string_view to = stores ? kEvents.api_version : std::string_view(own);
  RenameEntries(object, direction, from, to);
  Set(object, {"apiVersion"}, Value(to));
  return RenameMembers(std::move(object.get_object()), direction, "");
}

}  // namespace

bool IsRenamed(const Kind& kind) {
  return kind.gvk.group == kEvents.group && kind.plural == kEvents.plural;
}

std::string StoredResource(const Kind& kind) {
  return IsRenamed(kind) ? std::string(kEvents.resource) : kind.Resource();
}

Value ToStored(const Kind& kind, Value object) {
  return Rename(kind, std::move(object), Direction::kToStored);
}

Value FromStored(const Kind& kind, Value object) {
  return Rename(kind, std::move(object), Direction::kFromStored);
}

std::string StoredPath(const Kind& kind, std::string_view path) {
  if (!IsRenamed(kind)) return std::string(path);
  const std::size_t end = std::min(path.find('.'), path.size());
  return std::string(Renamed(path.substr(0, end), Direction::kToStored)).append(path.substr(end));
}

Selector ToStored(const Kind& kind, const Selector& fields) {
  std::vector<Requirement> requirements = fields.requirements();
  for (Requirement& requirement : requirements) requirement.key = StoredPath(kind, requirement.key);
  return Selector(std::move(requirements), Selector::Absent::kIsEmpty);
}

}  // namespace noizy::apiserver
