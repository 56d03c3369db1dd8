// Label and field selectors (Kubernetes' syntax: "a=b,c!=d,e in (f,g),!h"; field selectors know =,
// == and !=).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy {

/// Sorted by key.
using KeyValues = std::vector<std::pair<std::string, std::string>>;

struct Requirement {
  enum class Operator : std::uint8_t {
    kIn,
    kNotIn,
    kExists,
    kDoesNotExist,
    kGreaterThan,
    kLessThan
  };
  std::string key;
  Operator op = Operator::kExists;
  std::vector<std::string> values;  // sorted
};

/// All requirements must hold; none: everything matches. As in Kubernetes, kNotIn also holds where
/// the key is absent.
class Selector {
 public:
  /// How a key without a value reads: labels tell "absent" from "", fields do not (spec.nodeName=
  /// selects Tasks without a node).
  enum class Absent : std::uint8_t { kDiffersFromEmpty, kIsEmpty };

  Selector() = default;
  explicit Selector(std::vector<Requirement> requirements,
                    Absent absent = Absent::kDiffersFromEmpty)
      : requirements_(std::move(requirements)), absent_(absent) {}

  bool Matches(const KeyValues& labels) const;
  bool empty() const { return requirements_.empty(); }
  const std::vector<Requirement>& requirements() const { return requirements_; }
  std::string ToString() const;

 private:
  std::vector<Requirement> requirements_;
  Absent absent_ = Absent::kDiffersFromEmpty;
};

/// ?labelSelector=…; BadRequest quotes what could not be read.
Result<Selector> ParseLabelSelector(std::string_view text);
/// ?fieldSelector=…
Result<Selector> ParseFieldSelector(std::string_view text);
/// A LabelSelector object: {matchLabels, matchExpressions}.
Result<Selector> LabelSelectorOf(const Value& value);
/// metadata.labels, sorted.
KeyValues LabelsOf(const Value& object);

}  // namespace noizy
