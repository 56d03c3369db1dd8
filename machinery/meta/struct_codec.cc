#include "machinery/meta/struct_codec.h"

#include <charconv>
#include <cmath>

namespace noizy {
namespace {

// A whole number however it was written; empty when it is none or does not fit.
std::optional<std::int64_t> WholeNumberOf(const Value& value) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (value.is_int64()) return value.get_int64();
  if (!value.is_double()) return std::nullopt;
  const double number = value.get_double();
  if (!(number >= -kLimit && number < kLimit) || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

}  // namespace

void StructReader::Expect(std::string_view name, std::string_view wanted) const {
  const Value* value = Member(name);
  if (value == nullptr || (value->is_string() && View(value->get_string()) == wanted)) return;
  StructReader(*value, *this, name).Fail("\"" + std::string(wanted) + "\"");
}

const Value* StructReader::Member(std::string_view name) const {
  const Object* object = value_.if_object();
  const Value* member = object == nullptr ? nullptr : object->if_contains(name);
  return member == nullptr || member->is_null() ? nullptr : member;
}

void StructReader::Fail(std::string_view wanted) const {
  if (fault_.ok()) fault_ = BadRequest(Path() + ": must be " + std::string(wanted));
}

std::string StructReader::Path() const {
  if (parent_ == nullptr) return "";
  const std::string above = parent_->Path();
  if (name_.empty()) return above + "[" + std::to_string(index_) + "]";
  return above.empty() ? std::string(name_) : above + "." + std::string(name_);
}

void StructReader::Get(std::string& out) const {
  if (!value_.is_string()) return Fail("a string");
  out = View(value_.get_string());
}

void StructReader::Get(IntOrString& out) const {
  if (value_.is_string()) {
    out.assign(View(value_.get_string()));
    out.is_number = false;
    return;
  }
  const auto number = WholeNumberOf(value_);
  if (!number) return Fail("an integer or a string");
  out.assign(std::to_string(*number));
  out.is_number = true;
}

void StructReader::Get(std::int64_t& out) const {
  const auto number = WholeNumberOf(value_);
  if (!number) return Fail("an integer");
  out = *number;
}

void StructReader::Get(double& out) const {
  if (value_.is_double()) {
    out = value_.get_double();
  } else if (value_.is_int64()) {
    out = static_cast<double>(value_.get_int64());
  } else if (value_.is_uint64()) {
    out = static_cast<double>(value_.get_uint64());
  } else {
    Fail("a number");
  }
}

void StructReader::Get(bool& out) const {
  if (!value_.is_bool()) return Fail("a boolean");
  out = value_.get_bool();
}

bool StructWriter::IsEmpty(const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return true;
    case boost::json::kind::string:
      return value.get_string().empty();
    case boost::json::kind::array:
      return value.get_array().empty();
    case boost::json::kind::object:
      return value.get_object().empty();
    default:
      return false;
  }
}

Value StructWriter::ToValue(const IntOrString& value) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool whole = error == std::errc() && end == value.data() + value.size();
  if (value.is_number && whole) return number;
  return Value(std::string_view(value));
}

void ReadFields(const StructReader& in, Condition& out) {
  in.Read("type", out.type);
  in.Read("status", out.status);
  in.Read("reason", out.reason);
  in.Read("message", out.message);
  in.Read("lastTransitionTime", out.last_transition_time);
  in.Read("observedGeneration", out.observed_generation);
}

void WriteFields(StructWriter& out, const Condition& in) {
  out.Write("type", in.type, Emit::kAlways);
  out.Write("status", in.status, Emit::kAlways);
  out.Write("reason", in.reason);
  out.Write("message", in.message);
  out.Write("lastTransitionTime", in.last_transition_time);
  if (in.observed_generation != 0) out.Write("observedGeneration", in.observed_generation);
}

}  // namespace noizy
