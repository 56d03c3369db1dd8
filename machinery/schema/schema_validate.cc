#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "machinery/schema/location.h"
#include "machinery/schema/object_meta.h"
#include "machinery/schema/schema.h"
#include "machinery/schema/string_format.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

using Type = Schema::Type;
using std::to_string;

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kAny:
      return "any";
    case Type::kObject:
      return "object";
    case Type::kArray:
      return "array";
    case Type::kString:
      return "string";
    case Type::kInteger:
      return "integer";
    case Type::kNumber:
      return "number";
    case Type::kBoolean:
      return "boolean";
  }
  return "any";
}

// Whether a number is one that an int64 holds, however it was written.
bool IsInteger(const Value& value) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (!value.is_double()) return value.is_int64();
  const double number = value.get_double();
  return std::trunc(number) == number && number >= -kLimit && number < kLimit;
}

// The type of what came, in OpenAPI's words. A whole number is an integer however it was written.
std::string_view NameOfGiven(const Value& value) {
  if (value.is_null()) return "null";
  if (value.is_object()) return "object";
  if (value.is_array()) return "array";
  if (value.is_string()) return "string";
  if (value.is_bool()) return "boolean";
  return IsInteger(value) ? "integer" : "number";
}

bool HasType(const Schema& schema, const Value& value) {
  if (schema.int_or_string) return value.is_string() || (value.is_number() && IsInteger(value));
  switch (schema.type) {
    case Type::kAny:
      return true;
    case Type::kObject:
      return value.is_object();
    case Type::kArray:
      return value.is_array();
    case Type::kString:
      return value.is_string();
    case Type::kInteger:
      return value.is_number() && IsInteger(value);
    case Type::kNumber:
      return value.is_number();
    case Type::kBoolean:
      return value.is_bool();
  }
  return true;
}

double NumberOf(const Value& value) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  return value.is_uint64() ? static_cast<double>(value.get_uint64()) : value.get_double();
}

std::string NumberText(double number) {
  if (std::trunc(number) == number && std::abs(number) < 1e15)
    return to_string(static_cast<long long>(number));
  return ToJson(Value(number));
}

// Unicode characters, as Go's utf8.RuneCountInString: continuation bytes do not count.
std::int64_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

bool FitsFormat(std::string_view format, double number) {
  if (format != "int32") return true;
  return number >= std::numeric_limits<std::int32_t>::min() &&
         number <= std::numeric_limits<std::int32_t>::max();
}

class Validator {
 public:
  void Check(const Schema& schema, const Value& value, const Location& at) {
    if (value.is_null() && (schema.nullable || schema.type == Type::kAny)) return;
    if (!HasType(schema, value)) {
      const std::string_view wanted =
          schema.int_or_string ? "integer,string" : TypeName(schema.type);
      TypeFault(at, wanted, NameOfGiven(value));
    }
    if (!schema.enum_values.empty()) CheckEnum(schema, value, at);
    if (value.is_string()) {
      CheckText(schema, View(value.get_string()), at);
    } else if (value.is_number()) {
      CheckNumber(schema, value, at);
    } else if (const Object* object = value.if_object()) {
      CheckObject(schema, *object, at);
    } else if (const Array* items = value.if_array()) {
      CheckArray(schema, *items, at);
    }
    CheckLogic(schema, value, at);
  }

  std::vector<StatusCause> TakeFaults() { return std::move(faults_); }

 private:
  void Fault(const Location& at, std::string reason, std::string message) {
    faults_.push_back({std::move(reason), std::move(message), at.ToPath().ToString()});
  }

  static std::string InBody(const Location& at) { return at.ToPath().ToString() + " in body "; }

  void TypeFault(const Location& at, std::string_view wanted, std::string_view given) {
    std::string quoted;
    AppendJsonString(quoted, given);
    Fault(at, "FieldValueTypeInvalid",
          "Invalid value: " + quoted + ": " + InBody(at) + "must be of type " +
              std::string(wanted) + ": " + quoted);
  }

  // `value` as JSON: strings quoted, numbers and booleans plain.
  void BoundFault(const Location& at, const Value& value, std::string_view rule) {
    Fault(at, "FieldValueInvalid",
          "Invalid value: " + ToJson(value) + ": " + InBody(at) + std::string(rule));
  }

  void CheckEnum(const Schema& schema, const Value& value, const Location& at) {
    for (const Value& allowed : schema.enum_values) {
      if (Equal(allowed, value)) return;
    }
    std::string message = "Unsupported value: " + ToJson(value) + ": supported values: ";
    for (const Value& allowed : schema.enum_values) {
      if (&allowed != &schema.enum_values.front()) message += ", ";
      AppendJsonString(message, allowed.is_string() ? View(allowed.get_string()) : ToJson(allowed));
    }
    Fault(at, "FieldValueNotSupported", std::move(message));
  }

  void CheckText(const Schema& schema, std::string_view text, const Location& at) {
    const auto longer_than = [&](std::int64_t limit) {
      return text.size() > static_cast<std::size_t>(limit) && CountCharacters(text) > limit;
    };
    if (schema.max_length && longer_than(*schema.max_length)) {
      const bool one = *schema.max_length == 1;
      Fault(at, "FieldValueTooLong",
            "Too long: may not be more than " + to_string(*schema.max_length) +
                (one ? " byte" : " bytes"));
    }
    if (schema.min_length && CountCharacters(text) < *schema.min_length) {
      BoundFault(at, Value(text),
                 "should be at least " + to_string(*schema.min_length) + " chars long");
    }
    if (schema.pattern &&
        !re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *schema.pattern)) {
      BoundFault(at, Value(text), "should match '" + schema.pattern->pattern() + "'");
    }
    if (!schema.format.empty() && !HasFormat(schema.format, text)) {
      FormatFault(schema, text, at);
    }
  }

  void FormatFault(const Schema& schema, std::string_view text, const Location& at) {
    std::string quoted;
    AppendJsonString(quoted, text);
    std::string message = InBody(at) + "must be of type " + schema.format;
    if (schema.format == "byte") {
      message += " (base64)";  // bytes may be a secret's: messages go into logs
    } else {
      message = "Invalid value: " + quoted + ": " + message + ": " + quoted;
    }
    Fault(at, "FieldValueTypeInvalid", std::move(message));
  }

  void CheckNumber(const Schema& schema, const Value& value, const Location& at) {
    const double number = NumberOf(value);
    if (schema.maximum) {
      const bool within =
          schema.exclusive_maximum ? number < *schema.maximum : number <= *schema.maximum;
      const std::string_view rule =
          schema.exclusive_maximum ? "should be less than " : "should be less than or equal to ";
      if (!within) BoundFault(at, value, std::string(rule) + NumberText(*schema.maximum));
    }
    if (schema.minimum) {
      const bool within =
          schema.exclusive_minimum ? number > *schema.minimum : number >= *schema.minimum;
      const std::string_view rule = schema.exclusive_minimum
                                        ? "should be greater than "
                                        : "should be greater than or equal to ";
      if (!within) BoundFault(at, value, std::string(rule) + NumberText(*schema.minimum));
    }
    if (schema.multiple_of && *schema.multiple_of > 0) {
      const double quotient = number / *schema.multiple_of;
      if (std::abs(quotient - std::round(quotient)) > 1e-9) {
        BoundFault(at, value, "should be a multiple of " + NumberText(*schema.multiple_of));
      }
    }
    if (!FitsFormat(schema.format, number)) {
      BoundFault(at, value, "must be of type " + schema.format);
    }
  }

  // An object within an object says what it is, and its metadata has metadata's form.
  void CheckResource(const Object& object, const Location& at) {
    for (const std::string_view name : {"apiVersion", "kind"}) {
      const Value* value = object.if_contains(name);
      const Location member(at, name);
      if (value == nullptr || (value->is_string() && value->get_string().empty())) {
        Fault(member, "FieldValueRequired", "Required value: must not be empty");
      } else if (!value->is_string()) {
        TypeFault(member, "string", NameOfGiven(*value));
      }
    }
    if (const Value* metadata = object.if_contains("metadata"))
      Check(ObjectMetaSchema(), *metadata, Location(at, "metadata"));
  }

  void CheckObject(const Schema& schema, const Object& object, const Location& at) {
    if (schema.embedded_resource) CheckResource(object, at);
    const auto size = static_cast<std::int64_t>(object.size());
    for (const std::string& name : schema.required) {
      if (!object.contains(name)) Fault(Location(at, name), "FieldValueRequired", "Required value");
    }
    if (schema.max_properties && size > *schema.max_properties) {
      TooMany(at, size, *schema.max_properties);
    }
    if (schema.min_properties && size < *schema.min_properties) {
      BoundFault(at, Value(size),
                 "should have at least " + to_string(*schema.min_properties) + " properties");
    }
    if (schema.properties.empty() && !schema.additional_properties) return;
    for (const auto& entry : object) {
      const std::string_view name(entry.key().data(), entry.key().size());
      const auto found = schema.properties.find(name);
      const Schema* member = found != schema.properties.end() ? found->second.get()
                                                              : schema.additional_properties.get();
      if (member != nullptr) Check(*member, entry.value(), Location(at, name));
    }
  }

  void TooMany(const Location& at, std::int64_t given, std::int64_t limit) {
    Fault(at, "FieldValueTooMany",
          "Too many: " + to_string(given) + ": must have at most " + to_string(limit) + " items");
  }

  void CheckArray(const Schema& schema, const Array& items, const Location& at) {
    const auto size = static_cast<std::int64_t>(items.size());
    if (schema.max_items && size > *schema.max_items) TooMany(at, size, *schema.max_items);
    if (schema.min_items && size < *schema.min_items) {
      BoundFault(at, Value(size),
                 "should have at least " + to_string(*schema.min_items) + " items");
    }
    if (!schema.items) return;
    for (std::size_t i = 0; i < items.size(); ++i) Check(*schema.items, items[i], Location(at, i));
    if (schema.list_type != Schema::ListType::kAtomic) CheckUnique(schema, items, at);
  }

  // The later of two items that are the same (sets), or have the same keys (maps), is the fault.
  void CheckUnique(const Schema& schema, const Array& items, const Location& at) {
    if (items.size() < 2) return;
    std::map<std::string, std::size_t, std::less<>> seen;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Value identity = IdentityOf(schema, items[i]);
      std::string text = ToJson(identity);
      if (!seen.emplace(text, i).second) {
        Fault(Location(at, i), "FieldValueDuplicate", "Duplicate value: " + text);
      }
    }
  }

  static Value IdentityOf(const Schema& schema, const Value& item) {
    if (schema.list_type == Schema::ListType::kSet || !item.is_object()) return item;
    Object keys;
    for (const std::string& name : schema.list_map_keys) {
      if (const Value* key = item.get_object().if_contains(name)) keys.emplace(name, *key);
    }
    return keys;
  }

  void CheckLogic(const Schema& schema, const Value& value, const Location& at) {
    for (const auto& part : schema.all_of) {
      const std::size_t before = faults_.size();
      Check(*part, value, at);
      if (faults_.size() > before) LogicFault(at, "must validate all the schemas (allOf)");
    }
    if (!schema.any_of.empty() && !CountValid(schema.any_of, value, at)) {
      LogicFault(at, "must validate at least one schema (anyOf)");
      AddNearest(schema.any_of, value, at);
    }
    if (!schema.one_of.empty()) {
      const std::size_t valid = CountValid(schema.one_of, value, at);
      if (valid == 0) {
        LogicFault(at, "must validate one and only one schema (oneOf). Found none valid");
        AddNearest(schema.one_of, value, at);
      } else if (valid > 1) {
        LogicFault(at, "must validate one and only one schema (oneOf). Found " + to_string(valid) +
                           " valid alternatives");
      }
    }
    if (schema.not_schema && FaultsOf(*schema.not_schema, value, at).empty()) {
      LogicFault(at, "must not validate the schema (not)");
    }
  }

  void LogicFault(const Location& at, std::string_view rule) {
    std::string quoted;
    AppendJsonString(quoted, at.ToPath().ToString());
    Fault(at, "FieldValueInvalid", "Invalid value: \"\": " + quoted + " " + std::string(rule));
  }

  static std::vector<StatusCause> FaultsOf(const Schema& schema, const Value& value,
                                           const Location& at) {
    Validator inner;
    inner.Check(schema, value, at);
    return inner.TakeFaults();
  }

  // What only asks for members, the usual alternative, is counted without a list of faults.
  static bool IsValid(const Schema& schema, const Value& value, const Location& at) {
    if (const Object* object = value.if_object()) {
      for (const std::string& name : schema.required) {
        if (!object->contains(name)) return false;
      }
    }
    return FaultsOf(schema, value, at).empty();
  }

  static std::size_t CountValid(const std::vector<std::unique_ptr<Schema>>& alternatives,
                                const Value& value, const Location& at) {
    return static_cast<std::size_t>(
        std::count_if(alternatives.begin(), alternatives.end(),
                      [&](const auto& alternative) { return IsValid(*alternative, value, at); }));
  }

  // The faults of the alternative with the fewest are the likeliest mend.
  void AddNearest(const std::vector<std::unique_ptr<Schema>>& alternatives, const Value& value,
                  const Location& at) {
    std::vector<StatusCause> nearest;
    for (const auto& alternative : alternatives) {
      std::vector<StatusCause> faults = FaultsOf(*alternative, value, at);
      if (nearest.empty() || faults.size() < nearest.size()) nearest = std::move(faults);
    }
    std::move(nearest.begin(), nearest.end(), std::back_inserter(faults_));
  }

  std::vector<StatusCause> faults_;
};

}  // namespace

std::vector<StatusCause> Validate(const Schema& schema, const Value& value, const FieldPath& path) {
  Validator validator;
  validator.Check(schema, value, Location(path));
  return validator.TakeFaults();
}

}  // namespace noizy
