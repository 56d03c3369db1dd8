// What is generated for one kind: its structs, members and their C++ types, derived from the
// compiled schema.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/schema/kind.h"

namespace noizy::kindgen {

/// A member's C++ type.
struct FieldType {
  enum class Kind : std::uint8_t {
    kString,
    kIntOrString,
    kInteger,
    kNumber,
    kBoolean,
    kValue,
    kCondition,
    kStruct,
    kMap,
    kArray
  };
  Kind kind = Kind::kValue;
  std::string struct_name;             // kStruct
  std::shared_ptr<FieldType> element;  // kMap, kArray

  /// "std::vector<TaskAttempt>".
  std::string Spelling() const;
};

struct Field {
  std::string api_name;
  std::string member;
  std::string description;
  FieldType type;
  bool optional = false;    // std::optional: absent is told from empty
  bool always = false;      // written even when empty
  std::string initialiser;  // C++; "" for the type's own
};

struct Struct {
  std::string name;
  std::string description;
  std::vector<Field> fields;
};

struct KindModel {
  KindPtr kind;
  /// Those that others are made of come first; the kind's own struct is `root`.
  std::vector<Struct> structs;
  Struct root;
};

/// Invalid names what has no C++ form: a default that is no scalar and not {} or [], one title for
/// different structs.
Result<KindModel> BuildModel(const KindPtr& kind);

}  // namespace noizy::kindgen
