#include "machinery/patch/last_applied.h"

#include <map>

#include "machinery/value/json.h"

namespace noizy {
namespace {

// Members in the order of their names, at every depth.
Value Sorted(const Value& value) {
  if (const Array* array = value.if_array()) {
    Array sorted;
    for (const Value& element : *array) sorted.push_back(Sorted(element));
    return sorted;
  }
  const Object* object = value.if_object();
  if (object == nullptr) return value;
  std::map<std::string_view, const Value*> members;
  for (const auto& [key, member] : *object) members[{key.data(), key.size()}] = &member;
  Object sorted;
  for (const auto& [key, member] : members) sorted[key] = Sorted(*member);
  return sorted;
}

// <, > and & as Go's encoder writes them; they occur inside strings alone.
std::string Escaped(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&') {
      text += c == '<' ? "\\u003c" : c == '>' ? "\\u003e" : "\\u0026";
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace

std::string LastAppliedText(const Value& object) {
  Value kept = object;
  Remove(kept, {"metadata", "annotations", kLastAppliedAnnotation});
  // The annotations' place is there even when they are none, as in kubectl's text.
  Value& annotations = Ensure(kept, {"metadata", "annotations"});
  if (!annotations.is_object()) annotations = Object();
  std::string text = Escaped(ToJson(Sorted(kept)));
  text += '\n';
  return text;
}

}  // namespace noizy
