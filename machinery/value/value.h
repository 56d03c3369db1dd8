// Value: the JSON tree that every API object is while it is not serialised bytes.
//
// Value is Boost.JSON's value (a 2 kB round trip costs a quarter of what the alternatives cost, docs/decisions/0002); members keep
// their order. Only machinery/value includes Boost.JSON; everyone else includes this file and uses the functions below,
// ParseJson/ToJson (json.h) and ParseYaml/ToYaml (yaml.h). Boost's own parser and serializer are not used directly: their depth limit,
// duplicate keys and E-notation floats are not the API's.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace noizy {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

/// Object member names from the root down: {"metadata", "name"}.
using ValuePath = std::initializer_list<std::string_view>;

/// The value at `path`; null when a member is missing or something on the way is no object.
const Value* Find(const Value& root, ValuePath path);
Value* Find(Value& root, ValuePath path);

/// The string at `path`; "" when it is missing or of another type. The view lives as long as `root` is unchanged.
std::string_view StringAt(const Value& root, ValuePath path);
/// The integer at `path`; empty when it is missing or no integer in int64's range.
std::optional<std::int64_t> IntAt(const Value& root, ValuePath path);
/// The boolean at `path`; false when it is missing or of another type.
bool BoolAt(const Value& root, ValuePath path);
/// The array at `path`; null when it is missing or of another type.
const Array* ArrayAt(const Value& root, ValuePath path);
/// The object at `path`; null when it is missing or of another type.
const Object* ObjectAt(const Value& root, ValuePath path);

/// The value at `path`, made on the way: missing or non-object members above it become objects; a missing leaf is null.
Value& Ensure(Value& root, ValuePath path);
/// Sets the value at `path`, making what is missing above it.
void Set(Value& root, ValuePath path, Value value);
/// Removes the member at `path`, keeping the order of the others. Nothing happens when it is missing.
void Remove(Value& root, ValuePath path);

/// A string as std::string_view; the value must be a string.
inline std::string_view View(const boost::json::string& text) { return {text.data(), text.size()}; }
/// A member's key would become a temporary string: make a view of its data() and size().
std::string_view View(boost::json::string&& text) = delete;

/// JSON equality in which the order of members does not count and 1 equals 1.0.
bool Equal(const Value& a, const Value& b);

}  // namespace noizy
