// Values to C++ structs and back: what the code generated from schemas/ is made of.
//
// A struct T takes part through two functions that argument-dependent look-up finds:
// ReadFields(const StructReader&, T&) and WriteFields(StructWriter&, const T&). What is absent or
// null leaves a member as it is; what is of a wrong type is a BadRequest that names the field. Not
// thread-safe; made for one conversion.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/meta/condition.h"
#include "machinery/meta/int_or_string.h"
#include "machinery/meta/object_meta.h"
#include "machinery/value/value.h"

namespace noizy {

/// Reads one object's members. A step down is another reader on the stack, so that the path of a
/// fault costs nothing until there is one.
class StructReader {
 public:
  /// `fault` receives the first fault.
  StructReader(const Value& value, Status& fault) : value_(value), fault_(fault) {}

  /// Reads member `name` into `out`, which stays as it is when there is none.
  template <typename T>
  void Read(std::string_view name, T& out) const {
    if (const Value* value = Member(name)) StructReader(*value, *this, name).Get(out);
  }
  /// A fault when the object's `name` is there and is not `wanted`.
  void Expect(std::string_view name, std::string_view wanted) const;

 private:
  StructReader(const Value& value, const StructReader& parent, std::string_view name)
      : value_(value), fault_(parent.fault_), parent_(&parent), name_(name) {}
  StructReader(const Value& value, const StructReader& parent, std::size_t index)
      : value_(value), fault_(parent.fault_), parent_(&parent), index_(index) {}

  const Value* Member(std::string_view name) const;
  void Fail(std::string_view wanted) const;
  std::string Path() const;

  void Get(std::string& out) const;
  void Get(IntOrString& out) const;
  void Get(std::int64_t& out) const;
  void Get(double& out) const;
  void Get(bool& out) const;
  void Get(Value& out) const { out = value_; }
  void Get(ObjectMeta& out) const { out = ObjectMeta::FromValue(value_); }
  template <typename T>
  void Get(std::optional<T>& out) const {
    Get(out.emplace());
  }
  template <typename T>
  void Get(std::vector<T>& out) const {
    const Array* items = value_.if_array();
    if (items == nullptr) return Fail("an array");
    out.resize(items->size());
    for (std::size_t i = 0; i < items->size(); ++i) StructReader((*items)[i], *this, i).Get(out[i]);
  }
  template <typename T>
  void Get(std::map<std::string, T>& out) const {
    const Object* members = value_.if_object();
    if (members == nullptr) return Fail("an object");
    for (const auto& entry : *members) {
      const std::string_view name(entry.key().data(), entry.key().size());
      T& place = out[std::string(name)];
      if (!entry.value().is_null()) StructReader(entry.value(), *this, name).Get(place);
    }
  }
  template <typename T>
  void Get(T& out) const {
    if (!value_.is_object()) return Fail("an object");
    ReadFields(*this, out);
  }

  const Value& value_;
  Status& fault_;
  const StructReader* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = 0;
};

/// When a member is written.
enum class Emit : std::uint8_t { kUnlessEmpty, kAlways };

/// Builds one object, its members in the order of the calls.
class StructWriter {
 public:
  template <typename T>
  void Write(std::string_view name, const T& value, Emit emit = Emit::kUnlessEmpty) {
    Value written = ToValue(value);
    if (emit == Emit::kAlways || !IsEmpty(written)) object_.emplace(name, std::move(written));
  }
  template <typename T>
  void Write(std::string_view name, const std::optional<T>& value) {
    if (value) object_.emplace(name, ToValue(*value));
  }
  Value Take() { return std::move(object_); }

 private:
  static bool IsEmpty(const Value& value);

  static Value ToValue(const std::string& text) { return Value(std::string_view(text)); }
  static Value ToValue(const IntOrString& value);
  static Value ToValue(std::int64_t number) { return number; }
  static Value ToValue(double number) { return number; }
  static Value ToValue(bool flag) { return flag; }
  static Value ToValue(const Value& value) { return value; }
  static Value ToValue(const ObjectMeta& meta) { return meta.ToValue(); }
  template <typename T>
  static Value ToValue(const std::vector<T>& items) {
    Array out;
    out.reserve(items.size());
    for (const T& item : items) out.push_back(ToValue(item));
    return out;
  }
  template <typename T>
  static Value ToValue(const std::map<std::string, T>& members) {
    Object out;
    out.reserve(members.size());
    for (const auto& [name, value] : members) out.emplace(name, ToValue(value));
    return out;
  }
  template <typename T>
  static Value ToValue(const T& value) {
    StructWriter writer;
    WriteFields(writer, value);
    return writer.Take();
  }

  Object object_;
};

void ReadFields(const StructReader& in, Condition& out);
void WriteFields(StructWriter& out, const Condition& in);

/// A whole object as a T; BadRequest names the first field of a wrong type.
template <typename T>
Result<T> ReadStruct(const Value& value) {
  if (!value.is_object()) return BadRequest("must be an object");
  T out;
  Status fault;
  ReadFields(StructReader(value, fault), out);
  if (!fault.ok()) return fault;
  return out;
}

template <typename T>
Value WriteStruct(const T& value) {
  StructWriter writer;
  WriteFields(writer, value);
  return writer.Take();
}

}  // namespace noizy
