#include "machinery/value/value.h"

#include <cmath>
#include <utility>

namespace noizy {
namespace {

/// An integral double as the integer it equals; empty when it has a fraction or is beyond int64's
/// range.
std::optional<std::int64_t> IntegerOf(double number) {
  // 2^63 is exact as a double, and the first value that no longer fits.
  constexpr double kLimit = 9223372036854775808.0;
  if (!(number >= -kLimit && number < kLimit) || number != std::trunc(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

bool EqualNumbers(const Value& a, const Value& b) {
  if (a.is_double() && b.is_double()) return a.get_double() == b.get_double();
  if (a.is_double()) return EqualNumbers(b, a);
  if (b.is_double()) {
    if (a.is_uint64()) return static_cast<double>(a.get_uint64()) == b.get_double();
    const std::optional<std::int64_t> integer = IntegerOf(b.get_double());
    return integer && *integer == a.get_int64();
  }
  if (a.kind() == b.kind()) {
    return a.is_int64() ? a.get_int64() == b.get_int64() : a.get_uint64() == b.get_uint64();
  }
  const std::int64_t with_sign = a.is_int64() ? a.get_int64() : b.get_int64();
  const std::uint64_t without = a.is_int64() ? b.get_uint64() : a.get_uint64();
  return with_sign >= 0 && static_cast<std::uint64_t>(with_sign) == without;
}

bool EqualObjects(const Object& a, const Object& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [key, value] : a) {
    const Value* other = b.if_contains(key);
    if (other == nullptr || !Equal(value, *other)) return false;
  }
  return true;
}

bool EqualArrays(const Array& a, const Array& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!Equal(a[i], b[i])) return false;
  }
  return true;
}

}  // namespace

const Value* Find(const Value& root, ValuePath path) {
  const Value* at = &root;
  for (const std::string_view member : path) {
    const Object* object = at->if_object();
    at = object == nullptr ? nullptr : object->if_contains(member);
    if (at == nullptr) return nullptr;
  }
  return at;
}

Value* Find(Value& root, ValuePath path) {
  return const_cast<Value*>(Find(std::as_const(root), path));
}

std::string_view StringAt(const Value& root, ValuePath path) {
  const Value* at = Find(root, path);
  return at != nullptr && at->is_string() ? View(at->get_string()) : std::string_view();
}

std::optional<std::int64_t> IntAt(const Value& root, ValuePath path) {
  const Value* at = Find(root, path);
  if (at == nullptr) return std::nullopt;
  if (at->is_int64()) return at->get_int64();
  return at->is_double() ? IntegerOf(at->get_double()) : std::nullopt;
}

bool BoolAt(const Value& root, ValuePath path) {
  const Value* at = Find(root, path);
  return at != nullptr && at->is_bool() && at->get_bool();
}

const Array* ArrayAt(const Value& root, ValuePath path) {
  const Value* at = Find(root, path);
  return at == nullptr ? nullptr : at->if_array();
}

const Object* ObjectAt(const Value& root, ValuePath path) {
  const Value* at = Find(root, path);
  return at == nullptr ? nullptr : at->if_object();
}

Value& Ensure(Value& root, ValuePath path) {
  Value* at = &root;
  for (const std::string_view member : path) {
    if (!at->is_object()) at->emplace_object();
    at = &at->get_object()[member];
  }
  return *at;
}

void Set(Value& root, ValuePath path, Value value) {
  Ensure(root, path) = std::move(value);
}

void Remove(Value& root, ValuePath path) {
  if (path.size() == 0) return;
  Value* at = &root;
  for (const std::string_view* member = path.begin(); member + 1 != path.end(); ++member) {
    at = Find(*at, {*member});
    if (at == nullptr) return;
  }
  if (Object* parent = at->if_object()) parent->stable_erase(*(path.end() - 1));
}

bool Equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return EqualNumbers(a, b);
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case boost::json::kind::bool_:
      return a.get_bool() == b.get_bool();
    case boost::json::kind::string:
      return a.get_string() == b.get_string();
    case boost::json::kind::array:
      return EqualArrays(a.get_array(), b.get_array());
    case boost::json::kind::object:
      return EqualObjects(a.get_object(), b.get_object());
    default:
      return true;  // both are null
  }
}

}  // namespace noizy
