#include "machinery/protobuf/openapi_v2.h"

#include <array>
#include <cstdint>
#include <span>

#include "machinery/protobuf/wire_writer.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

// How the value of a member is written.
enum class Form : std::uint8_t {
  kText,
  kTexts,  // one string, or a list
  kBool,
  kInteger,
  kNumber,
  kAny,         // whatever it is, as YAML
  kAnys,        // each item of a list
  kMessage,     // an object
  kMessages,    // each item of a list, or a single one
  kNamed,       // each member of an object, as a pair of name and message
  kParameters,  // a list whose items are of the message that their `in` says
};

struct Row;
struct Message {
  std::span<const Row> rows;
  std::uint32_t extensions = 0;  // the field of members that begin with "x-"
};

struct Row {
  std::string_view member;
  std::uint8_t number;
  Form form = Form::kText;
  const Message* message = nullptr;
  std::uint8_t inner = 0;  // the field within, where the field is a message around the value alone
  std::uint8_t value = 0;  // of kNamed: the same for the message of a pair
};

using enum Form;

// The field numbers are the facts of gnostic's openapiv2/OpenAPIv2.proto.

extern const Message kSchema;

constexpr Row kSchemaRows[] = {
    {"$ref", 1},
    {"format", 2},
    {"title", 3},
    {"description", 4},
    {"default", 5, kAny},
    {"multipleOf", 6, kNumber},
    {"maximum", 7, kNumber},
    {"exclusiveMaximum", 8, kBool},
    {"minimum", 9, kNumber},
    {"exclusiveMinimum", 10, kBool},
    {"maxLength", 11, kInteger},
    {"minLength", 12, kInteger},
    {"pattern", 13},
    {"maxItems", 14, kInteger},
    {"minItems", 15, kInteger},
    {"uniqueItems", 16, kBool},
    {"maxProperties", 17, kInteger},
    {"minProperties", 18, kInteger},
    {"required", 19, kTexts},
    {"enum", 20, kAnys},
    {"additionalProperties", 21, kMessage, &kSchema, 1},
    {"additionalProperties", 21, kBool, nullptr, 2},
    {"type", 22, kTexts, nullptr, 1},
    {"items", 23, kMessages, &kSchema, 1},
    {"properties", 25, kNamed, &kSchema, 1},
    {"example", 30, kAny},
};
constinit const Message kSchema = {kSchemaRows, 31};

constexpr Row kBodyParameterRows[] = {
    {"description", 1},
    {"name", 2},
    {"in", 3},
    {"required", 4, kBool},
    {"schema", 5, kMessage, &kSchema},
};
constexpr Message kBodyParameter = {kBodyParameterRows, 6};

constexpr Row kPathParameterRows[] = {
    {"required", 1, kBool},
    {"in", 2},
    {"description", 3},
    {"name", 4},
    {"type", 5},
    {"format", 6},
    {"uniqueItems", 19, kBool},
};
constexpr Message kPathParameter = {kPathParameterRows, 22};

constexpr Row kQueryParameterRows[] = {
    {"required", 1, kBool},
    {"in", 2},
    {"description", 3},
    {"name", 4},
    {"type", 6},
    {"format", 7},
    {"uniqueItems", 20, kBool},
};
constexpr Message kQueryParameter = {kQueryParameterRows, 23};

// By where a parameter stands. One that is not the body has a message more around it.
struct ParameterForm {
  std::string_view in;
  std::array<std::uint8_t, 3> around;  // field numbers from the inside out; 0 is none
  const Message* message;
};
constexpr ParameterForm kParameterForms[] = {
    {"body", {1, 1, 0}, &kBodyParameter},
    {"query", {3, 2, 1}, &kQueryParameter},
    {"path", {4, 2, 1}, &kPathParameter},
};

constexpr Row kResponseRows[] = {{"description", 1}, {"schema", 2, kMessage, &kSchema, 1}};
constexpr Message kResponse = {kResponseRows, 5};

constexpr Row kOperationRows[] = {
    {"tags", 1, kTexts},
    {"summary", 2},
    {"description", 3},
    {"operationId", 5},
    {"produces", 6, kTexts},
    {"consumes", 7, kTexts},
    {"parameters", 8, kParameters},
    {"responses", 9, kNamed, &kResponse, 1, 1},
    {"schemes", 10, kTexts},
    {"deprecated", 11, kBool},
};
constexpr Message kOperation = {kOperationRows, 13};

constexpr Row kPathItemRows[] = {
    {"get", 2, kMessage, &kOperation},     {"put", 3, kMessage, &kOperation},
    {"post", 4, kMessage, &kOperation},    {"delete", 5, kMessage, &kOperation},
    {"options", 6, kMessage, &kOperation}, {"head", 7, kMessage, &kOperation},
    {"patch", 8, kMessage, &kOperation},   {"parameters", 9, kParameters},
};
constexpr Message kPathItem = {kPathItemRows, 10};

constexpr Row kInfoRows[] = {{"title", 1}, {"version", 2}, {"description", 3}};
constexpr Message kInfo = {kInfoRows, 7};

constexpr Row kDocumentRows[] = {
    {"swagger", 1},
    {"info", 2, kMessage, &kInfo},
    {"paths", 8, kNamed, &kPathItem, 2},
    {"definitions", 9, kNamed, &kSchema, 1},
};
constexpr Message kDocument = {kDocumentRows, 16};

std::string Encode(const Value& value, const Message& message);

std::string Field(std::uint32_t number, std::string_view bytes) {
  WireWriter writer;
  writer.Bytes(number, bytes);
  return writer.Take();
}

std::string Any(const Value& value) {
  constexpr std::uint32_t kYaml = 2;
  return Field(kYaml, ToJson(value));  // JSON is YAML
}

void PutPair(WireWriter& out, std::uint32_t number, std::string_view name, std::string_view value) {
  std::string pair = Field(1, name);
  out.Bytes(number, pair.append(Field(2, value)));
}

double NumberOf(const Value& value) {
  if (const auto* number = value.if_double()) return *number;
  if (const auto* number = value.if_uint64()) return static_cast<double>(*number);
  const auto* number = value.if_int64();
  return number == nullptr ? 0 : static_cast<double>(*number);
}

void PutParameter(WireWriter& out, std::uint32_t number, const Value& value) {
  for (const ParameterForm& form : kParameterForms) {
    if (StringAt(value, {"in"}) != form.in) continue;
    std::string bytes = Encode(value, *form.message);
    for (const std::uint8_t around : form.around) {
      if (around != 0) bytes = Field(around, bytes);
    }
    out.Bytes(number, bytes);
  }
}

void PutNamed(WireWriter& out, std::uint32_t number, const Row& row, const Object& members) {
  for (const auto& entry : members) {
    const std::string message = Encode(entry.value(), *row.message);
    PutPair(out, number, entry.key(), row.value == 0 ? message : Field(row.value, message));
  }
}

// A value of another type than its form says is left out.
void PutOne(WireWriter& out, std::uint32_t number, const Row& row, const Value& value) {
  switch (row.form) {
    case kText:
    case kTexts:
      if (value.is_string()) out.Bytes(number, View(value.get_string()));
      return;
    case kBool:
      if (value.is_bool()) out.Integer(number, value.get_bool() ? 1 : 0);
      return;
    case kInteger:
      if (value.is_int64()) out.Integer(number, static_cast<std::uint64_t>(value.get_int64()));
      return;
    case kNumber:
      if (value.is_number()) out.Double(number, NumberOf(value));
      return;
    case kAny:
    case kAnys:
      return out.Bytes(number, Any(value));
    case kMessage:
    case kMessages:
      if (value.is_object()) out.Bytes(number, Encode(value, *row.message));
      return;
    case kParameters:
      return PutParameter(out, number, value);
    case kNamed:
      if (value.is_object()) PutNamed(out, number, row, value.get_object());
  }
}

bool IsRepeated(Form form) {
  return form == kTexts || form == kAnys || form == kMessages || form == kParameters;
}

void PutAll(WireWriter& out, std::uint32_t number, const Row& row, const Value& value) {
  if (!IsRepeated(row.form) || !value.is_array()) return PutOne(out, number, row, value);
  for (const Value& item : value.get_array()) PutOne(out, number, row, item);
}

void PutMember(WireWriter& out, const Row& row, const Value& value) {
  if (row.inner == 0) return PutAll(out, row.number, row, value);
  WireWriter inner;
  PutAll(inner, row.inner, row, value);
  if (const std::string bytes = inner.Take(); !bytes.empty()) out.Bytes(row.number, bytes);
}

std::string Encode(const Value& value, const Message& message) {
  WireWriter out;
  if (!value.is_object()) return out.Take();
  const Object& members = value.get_object();
  for (const Row& row : message.rows) {
    if (const Value* member = members.if_contains(row.member)) PutMember(out, row, *member);
  }
  for (const auto& entry : members) {
    if (entry.key().starts_with("x-"))
      PutPair(out, message.extensions, entry.key(), Any(entry.value()));
  }
  return out.Take();
}

}  // namespace

std::string EncodeOpenApiV2(const Value& document) {
  return Encode(document, kDocument);
}

}  // namespace noizy
