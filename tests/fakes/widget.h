// A small kind for tests of the generic machinery, written by hand in the form of the generated
// ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/meta/condition.h"
#include "machinery/meta/object_meta.h"

namespace noizy {

struct Widget {
  static constexpr std::string_view kGroup = "test.noizy.dev";
  static constexpr std::string_view kVersion = "v1";
  static constexpr std::string_view kKind = "Widget";
  static constexpr std::string_view kPlural = "widgets";
  static constexpr bool kNamespaced = true;

  ObjectMeta metadata;
  std::int64_t size = 0;  // spec.size
  std::vector<Condition> conditions;

  /// BadRequest without a spec.
  static Result<Widget> FromValue(const Value& value);
  Value ToValue() const;
};

/// What Widgets own in tests.
struct Gadget {
  static constexpr std::string_view kGroup = "test.noizy.dev";
  static constexpr std::string_view kVersion = "v1";
  static constexpr std::string_view kKind = "Gadget";
  static constexpr std::string_view kPlural = "gadgets";
  static constexpr bool kNamespaced = true;

  ObjectMeta metadata;
  std::int64_t size = 0;  // spec.size

  static Result<Gadget> FromValue(const Value& value);
  Value ToValue() const;
};

/// A Widget as a user would write it.
Value MakeWidget(std::string_view ns, std::string_view name, std::int64_t size = 1);

}  // namespace noizy
