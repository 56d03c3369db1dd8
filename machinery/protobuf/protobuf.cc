#include "machinery/protobuf/protobuf.h"

#include "machinery/meta/time.h"
#include "machinery/protobuf/message_table.h"
#include "machinery/protobuf/wire_reader.h"
#include "machinery/value/base64.h"
#include "machinery/value/json.h"
#include "machinery/value/utf8.h"

namespace noizy {
namespace {

constexpr std::string_view kMagic{"k8s\0", 4};
// Go's years 1 to 9999, which RFC 3339 can write.
constexpr std::int64_t kFirstSecond = -62135596800;
constexpr std::int64_t kLastSecond = 253402300799;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

Status Malformed(std::string_view field, std::string_view why) {
  std::string message = "the protobuf body cannot be read: ";
  message += field;
  message += why;
  return BadRequest(std::move(message));
}

Status Expect(const WireField& field, WireKind kind, std::string_view name) {
  return field.kind == kind ? Status::Ok() : Malformed(name, " has the wrong wire type");
}

Result<std::string_view> TextOf(const WireField& field, std::string_view name) {
  NOIZY_RETURN_IF_ERROR(Expect(field, WireKind::kBytes, name));
  for (std::size_t at = 0; at < field.bytes.size();) {
    const std::size_t size = DecodeUtf8(field.bytes, at).bytes;
    if (size == 0) return Malformed(name, " is no UTF-8");
    at += size;
  }
  return field.bytes;
}

// One field of a small message whose shape is known without a table; empty when it is missing.
Result<WireField> FieldOf(std::string_view message, std::uint32_t number) {
  WireField found;
  found.kind = WireKind::kBytes;
  WireReader reader(message);
  while (!reader.AtEnd()) {
    NOIZY_ASSIGN_OR_RETURN(const WireField field, reader.Next());
    if (field.number == number) found = field;
  }
  return found;
}

// Null for an empty message, which is how Go writes a time that is not set.
Result<Value> TimeOf(std::string_view message, const FieldRow& row) {
  if (message.empty()) return Value(nullptr);
  NOIZY_ASSIGN_OR_RETURN(const WireField seconds, FieldOf(message, 1));
  NOIZY_ASSIGN_OR_RETURN(const WireField nanos, FieldOf(message, 2));
  const auto second = static_cast<std::int64_t>(seconds.integer);
  if (second < kFirstSecond || second > kLastSecond || nanos.integer >= kNanosPerSecond)
    return Malformed(row.name, " is out of range");
  const WallTime time{std::chrono::duration_cast<WallTime::duration>(
      std::chrono::seconds(second) + std::chrono::nanoseconds(nanos.integer))};
  return Value(row.type == FieldType::kTime ? FormatTime(time) : FormatMicroTime(time));
}

Result<Value> FieldsV1Of(std::string_view message, const FieldRow& row) {
  NOIZY_ASSIGN_OR_RETURN(const WireField raw, FieldOf(message, 1));
  if (raw.bytes.empty()) return Value(nullptr);
  Result<Value> fields = ParseJson(raw.bytes);
  if (!fields.ok()) return Malformed(row.name, " is no JSON");
  return fields;
}

Result<Value> StringListOf(std::string_view message, std::string_view name) {
  Array list;
  WireReader reader(message);
  while (!reader.AtEnd()) {
    NOIZY_ASSIGN_OR_RETURN(const WireField field, reader.Next());
    if (field.number != 1) continue;
    NOIZY_ASSIGN_OR_RETURN(const std::string_view text, TextOf(field, name));
    list.emplace_back(text);
  }
  return Value(std::move(list));
}

Result<Value> QuantityOf(std::string_view message, std::string_view name) {
  NOIZY_ASSIGN_OR_RETURN(const WireField field, FieldOf(message, 1));
  NOIZY_ASSIGN_OR_RETURN(const std::string_view text, TextOf(field, name));
  return Value(text);
}

Result<Value> MapValueOf(const WireField& value, const FieldRow& row) {
  NOIZY_RETURN_IF_ERROR(Expect(value, WireKind::kBytes, row.name));
  if (row.type == FieldType::kBytesMap) return Value(EncodeBase64(value.bytes));
  if (row.type == FieldType::kListMap) return StringListOf(value.bytes, row.name);
  if (row.type == FieldType::kQuantityMap) return QuantityOf(value.bytes, row.name);
  NOIZY_ASSIGN_OR_RETURN(const std::string_view text, TextOf(value, row.name));
  return Value(text);
}

// A map's entry is a message of its key (1) and value (2); either may be missing when it is empty.
Status AddEntry(std::string_view entry, const FieldRow& row, Object& object) {
  NOIZY_ASSIGN_OR_RETURN(const WireField key, FieldOf(entry, 1));
  NOIZY_ASSIGN_OR_RETURN(const std::string_view name, TextOf(key, row.name));
  NOIZY_ASSIGN_OR_RETURN(const WireField field, FieldOf(entry, 2));
  NOIZY_ASSIGN_OR_RETURN(Value value, MapValueOf(field, row));
  Value& map = object[row.name];
  if (!map.is_object()) map = Object();
  map.get_object().insert_or_assign(name, std::move(value));
  return Status::Ok();
}

bool IsEmpty(const Value& value) {
  if (const auto* text = value.if_string()) return text->empty();
  if (const auto* number = value.if_int64()) return *number == 0;
  if (const auto* truth = value.if_bool()) return !*truth;
  if (const auto* object = value.if_object()) return object->empty();
  return value.is_null();
}

Status ReadMessage(std::string_view message, MessageRows rows, Object& object);

// A value by its row. `before` is what the field had: a message that comes in parts is one message.
// It is moved from, so that many parts do not cost a copy each.
Result<Value> ValueOf(const WireField& field, const FieldRow& row, Value* before) {
  const bool is_number = row.type == FieldType::kBool || row.type == FieldType::kInteger;
  NOIZY_RETURN_IF_ERROR(Expect(field, is_number ? WireKind::kVarint : WireKind::kBytes, row.name));
  switch (row.type) {
    case FieldType::kBool:
      return Value(field.integer != 0);
    case FieldType::kInteger:
      return Value(static_cast<std::int64_t>(field.integer));
    case FieldType::kBytes:
      return Value(EncodeBase64(field.bytes));
    case FieldType::kTime:
    case FieldType::kMicroTime:
      return TimeOf(field.bytes, row);
    case FieldType::kFieldsV1:
      return FieldsV1Of(field.bytes, row);
    case FieldType::kMessage: {
      Object object;
      if (before != nullptr && before->is_object()) object = std::move(before->get_object());
      NOIZY_RETURN_IF_ERROR(ReadMessage(field.bytes, row.message, object));
      return Value(std::move(object));
    }
    default: {
      NOIZY_ASSIGN_OR_RETURN(const std::string_view text, TextOf(field, row.name));
      return Value(text);
    }
  }
}

bool IsMap(FieldType type) {
  return type == FieldType::kStringMap || type == FieldType::kBytesMap ||
         type == FieldType::kListMap || type == FieldType::kQuantityMap;
}

Status AddField(const WireField& field, const FieldRow& row, Object& object) {
  if (IsMap(row.type)) {
    NOIZY_RETURN_IF_ERROR(Expect(field, WireKind::kBytes, row.name));
    return AddEntry(field.bytes, row, object);
  }
  const bool repeated = row.presence == Presence::kRepeated;
  NOIZY_ASSIGN_OR_RETURN(Value value,
                         ValueOf(field, row, repeated ? nullptr : object.if_contains(row.name)));
  if (repeated) {
    Value& list = object[row.name];
    if (!list.is_array()) list = Array();
    list.get_array().push_back(std::move(value));
  } else if (value.is_null() || (row.presence == Presence::kPlain && IsEmpty(value))) {
    object.erase(row.name);  // the last one on the wire counts
  } else {
    object.insert_or_assign(row.name, std::move(value));
  }
  return Status::Ok();
}

Status ReadMessage(std::string_view message, MessageRows rows, Object& object) {
  WireReader reader(message);
  while (!reader.AtEnd()) {
    NOIZY_ASSIGN_OR_RETURN(const WireField field, reader.Next());
    for (const FieldRow& row : rows) {
      if (row.number == field.number) NOIZY_RETURN_IF_ERROR(AddField(field, row, object));
    }
  }
  return Status::Ok();
}

constexpr FieldRow kTypeMeta[] = {{1, "apiVersion"}, {2, "kind"}};

// runtime.Unknown: what the envelope says of its content.
struct Envelope {
  Object type;  // apiVersion and kind
  std::string_view raw;
};

Result<Envelope> ReadEnvelope(std::string_view body) {
  if (!body.starts_with(kMagic))
    return Malformed("", "it does not begin with Kubernetes' four bytes \"k8s\\0\"");
  Envelope envelope;
  WireReader reader(body.substr(kMagic.size()));
  while (!reader.AtEnd()) {
    NOIZY_ASSIGN_OR_RETURN(const WireField field, reader.Next());
    if (field.number > 4) continue;
    NOIZY_RETURN_IF_ERROR(Expect(field, WireKind::kBytes, "the envelope"));
    if (field.number == 1)
      NOIZY_RETURN_IF_ERROR(ReadMessage(field.bytes, kTypeMeta, envelope.type));
    if (field.number == 2) envelope.raw = field.bytes;
    const bool encoded = field.number == 3 && !field.bytes.empty();
    const bool other_type =
        field.number == 4 && !field.bytes.empty() && field.bytes != kProtobufMediaType;
    if (encoded || other_type)
      return Status(StatusReason::kUnsupportedMediaType,
                    "the protobuf envelope must hold plain protobuf");
  }
  return envelope;
}

}  // namespace

Result<Value> DecodeProtobuf(std::string_view body) {
  NOIZY_ASSIGN_OR_RETURN(Envelope envelope, ReadEnvelope(body));
  Value object(std::move(envelope.type));
  const std::string kind(StringAt(object, {"kind"}));
  const MessageRows message = FindMessage(StringAt(object, {"apiVersion"}), kind);
  if (message.empty()) {
    return Status(
        StatusReason::kUnsupportedMediaType,
        "objects of kind \"" + kind + "\" are not read from protobuf: send application/json");
  }
  NOIZY_RETURN_IF_ERROR(ReadMessage(envelope.raw, message, object.get_object()));
  return object;
}

}  // namespace noizy
