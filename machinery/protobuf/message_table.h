// What the fields of Kubernetes' protobuf messages are called in JSON and mean: the facts of its
// public generated.proto files (k8s.io/api and k8s.io/apimachinery, release 1.32), as rows.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace noizy {

enum class FieldType : std::uint8_t {
  kString,
  kBytes,  // → base64
  kBool,
  kInteger,    // int32, int64
  kTime,       // {seconds, nanos} → RFC 3339, whole seconds
  kMicroTime,  // the same to the microsecond
  kFieldsV1,   // {raw JSON} → its tree
  kMessage,
  kStringMap,    // map<string, string>
  kBytesMap,     // map<string, bytes> → base64
  kListMap,      // map<string, ExtraValue>, whose values are lists of strings
  kQuantityMap,  // map<string, Quantity>, whose values are {string}
};

/// What a field that is there but empty means. Go's encoder writes every plain field, "" and 0 too.
enum class Presence : std::uint8_t {
  kPlain,     // empty is absent (omitempty)
  kKept,      // empty is a value: pointers, and members without omitempty
  kRepeated,  // a list
};

struct FieldRow {
  std::uint32_t number;
  std::string_view name;  // in JSON
  FieldType type = FieldType::kString;
  Presence presence = Presence::kPlain;
  std::span<const FieldRow> message = {};  // of kMessage
};
using MessageRows = std::span<const FieldRow>;

/// The rows of an object's message; empty for a type that is not known. DeleteOptions belongs to
/// every group and version.
MessageRows FindMessage(std::string_view api_version, std::string_view kind);

}  // namespace noizy
