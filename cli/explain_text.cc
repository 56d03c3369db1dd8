#include "cli/explain_text.h"

#include <algorithm>
#include <map>

#include "cli/elements.h"
#include "cli/printer.h"

namespace noizy::cli {
namespace {

constexpr std::size_t kTextWidth = 76;    // kubectl's: 80 columns less the indentation
constexpr std::size_t kEnumsInAList = 4;  // kubectl cuts longer ones in a list of fields

/// Schemas of one document, with their references followed.
class Schemas {
 public:
  explicit Schemas(const Value& document) : document_(document) {}

  const Value* ByKind(const Explained& explained) const {
    const Object* all = ObjectAt(document_, {"components", "schemas"});
    if (all == nullptr) return nullptr;
    for (const auto& [name, schema] : *all) {
      for (const Value& kind : ElementsAt(schema, {"x-kubernetes-group-version-kind"})) {
        if (StringAt(kind, {"kind"}) == explained.kind &&
            StringAt(kind, {"group"}) == explained.group &&
            StringAt(kind, {"version"}) == explained.version)
          return &schema;
      }
    }
    return nullptr;
  }

  /// What a "$ref", bare or as the one element of allOf, stands for; else the schema itself.
  const Value& Resolved(const Value& schema) const {
    const std::string_view name = RefName(schema);
    const Value* found = name.empty() ? nullptr : Find(document_, {"components", "schemas", name});
    return found == nullptr ? schema : *found;
  }

  /// Where the fields are: inside arrays and maps, too.
  const Value& WithFields(const Value& schema) const {
    const Value& resolved = Resolved(schema);
    for (const std::string_view inner : {"items", "additionalProperties"}) {
      const Value* element = Find(resolved, {inner});
      if (element != nullptr && element->is_object()) return WithFields(*element);
    }
    return resolved;
  }

  /// "string", "[]Object", "map[string]string", "ObjectMeta".
  std::string TypeOf(const Value& schema) const {
    if (const Value* items = Find(schema, {"items"})) return "[]" + TypeOf(*items);
    const Value* values = Find(schema, {"additionalProperties"});
    if (values != nullptr && values->is_object()) return "map[string]" + TypeOf(*values);
    const std::string_view name = RefName(schema);
    const std::string_view type = StringAt(Resolved(schema), {"type"});
    if (!type.empty() && type != "object") return std::string(type);
    return name.empty() ? "Object" : std::string(name.substr(name.rfind('.') + 1));
  }

 private:
  static std::string_view RefName(const Value& schema) {
    std::string_view ref = StringAt(schema, {"$ref"});
    const Array& all_of = ElementsAt(schema, {"allOf"});
    if (ref.empty() && all_of.size() == 1) ref = StringAt(all_of.front(), {"$ref"});
    return ref.substr(std::min(ref.rfind('/') + 1, ref.size()));
  }

  const Value& document_;
};

/// The text broken between words, each line behind `indent`.
std::string Wrapped(std::string_view text, const std::string& indent) {
  std::string wrapped;
  std::string line;
  const auto end_line = [&] { wrapped += indent + std::exchange(line, "") + "\n"; };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    if (!line.empty() && line.size() + 1 + word.size() > kTextWidth) end_line();
    if (!line.empty() && !word.empty()) line += " ";
    line += word;
    if (end < text.size() && text[end] == '\n') end_line();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!line.empty()) end_line();
  return wrapped;
}

/// An empty string is shown as what it is.
std::string EnumText(const Value& value) {
  const std::string text = BareText(value);
  return text.empty() ? "\"\"" : text;
}

std::string EnumLine(const Array& values) {
  std::string line;
  for (std::size_t i = 0; i < values.size() && i < kEnumsInAList; ++i)
    line += (i == 0 ? "" : ", ") + EnumText(values[i]);
  return values.size() > kEnumsInAList ? line + ", ...." : line;
}

bool IsRequired(const Value& parent, std::string_view name) {
  const Array& required = ElementsAt(parent, {"required"});
  return std::any_of(required.begin(), required.end(), [name](const Value& field) {
    return field.is_string() && View(field.get_string()) == name;
  });
}

/// The fields of one object by name, and with kAllLevels theirs below them.
class FieldList {
 public:
  FieldList(const Schemas& schemas, Depth depth) : schemas_(schemas), depth_(depth) {}

  std::string Print(const Value& parent, const std::string& indent) {
    const Object* properties = ObjectAt(parent, {"properties"});
    if (properties == nullptr) return "";
    // A schema that holds itself is told once.
    if (std::find(open_.begin(), open_.end(), &parent) != open_.end()) return "";
    open_.push_back(&parent);
    std::map<std::string_view, const Value*> by_name;
    for (const auto& [name, field] : *properties) by_name[{name.data(), name.size()}] = &field;
    std::string text;
    for (const auto& [name, field] : by_name) text += Line(parent, name, *field, indent);
    open_.pop_back();
    return text;
  }

 private:
  std::string Line(const Value& parent, std::string_view name, const Value& field,
                   const std::string& indent) {
    std::string text = indent;
    text.append(name).append("\t<").append(schemas_.TypeOf(field)).append(">");
    text += IsRequired(parent, name) ? " -required-\n" : "\n";
    const Array& values = ElementsAt(schemas_.Resolved(field), {"enum"});
    if (!values.empty()) text.append(indent).append("enum: ").append(EnumLine(values)).append("\n");
    if (depth_ == Depth::kAllLevels) return text + Print(schemas_.WithFields(field), indent + "  ");
    const std::string_view own = StringAt(field, {"description"});
    return text + Wrapped(own.empty() ? "<no description>" : own, indent + "  ") + "\n";
  }

  const Schemas& schemas_;
  const Depth depth_;
  std::vector<const Value*> open_;
};

std::string Heading(const Explained& explained) {
  std::string text;
  if (!explained.group.empty()) text += "GROUP:      " + explained.group + "\n";
  return text + "KIND:       " + explained.kind + "\nVERSION:    " + explained.version + "\n\n";
}

std::string FieldHeading(const Schemas& schemas, std::string_view name, const Value& field) {
  std::string text = "FIELD: ";
  text.append(name).append(" <").append(schemas.TypeOf(field)).append(">\n");
  const Array& values = ElementsAt(schemas.Resolved(field), {"enum"});
  if (!values.empty()) text += "ENUM:\n";
  for (const Value& value : values) text += "    " + EnumText(value) + "\n";
  return text + (values.empty() ? "\n\n" : "\n");
}

/// The field's own words, then those of what it refers to or holds, as kubectl puts them together.
std::string DescriptionOf(const Schemas& schemas, const Value& field) {
  std::string text = Wrapped(StringAt(field, {"description"}), "    ");
  const Value& resolved = schemas.Resolved(field);
  if (&resolved != &field) return text + DescriptionOf(schemas, resolved);
  if (const Value* items = Find(field, {"items"})) text += DescriptionOf(schemas, *items);
  return text;
}

Status NoSuchField(const Explained& explained, std::size_t at) {
  std::string path = explained.kind;
  for (std::size_t i = 0; i < at; ++i) path += "." + explained.fields[i];
  return {StatusReason::kNotFound, "field \"" + explained.fields[at] + "\" does not exist in " +
                                       path + ": explain that to see which do"};
}

}  // namespace

Result<std::string> ExplainField(const Value& document, const Explained& explained, Depth depth) {
  const Schemas schemas(document);
  const Value* field = schemas.ByKind(explained);
  if (field == nullptr) {
    return Status(StatusReason::kNotFound, "the server's OpenAPI document says nothing of kind " +
                                               explained.kind +
                                               ": try again in a moment if its definition is new");
  }
  for (std::size_t i = 0; i < explained.fields.size(); ++i) {
    field = Find(schemas.WithFields(*field), {"properties", explained.fields[i]});
    if (field == nullptr) return NoSuchField(explained, i);
  }
  std::string text = Heading(explained);
  if (!explained.fields.empty()) text += FieldHeading(schemas, explained.fields.back(), *field);
  const std::string description = DescriptionOf(schemas, *field);
  text += "DESCRIPTION:\n" + (description.empty() ? "    <empty>\n" : description) + "    \n";
  const std::string fields = FieldList(schemas, depth).Print(schemas.WithFields(*field), "  ");
  if (!fields.empty()) text += "FIELDS:\n" + fields;
  return text + "\n";
}

}  // namespace noizy::cli
