// Which names a CustomResourceDefinition gets, and what its status says of it. Pure functions.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "machinery/schema/kind.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// The names of one API group that other kinds have. Plurals, singulars and short names share one
/// space, kinds and list kinds another.
struct NamesInUse {
  std::set<std::string, std::less<>> resources;
  std::set<std::string, std::less<>> kinds;

  void AddKind(const Kind& kind);
  /// The accepted names of a definition's `status`.
  void AddAccepted(const Value& status);
};

/// The status that `definition` should have: acceptedNames (each wanted name that nobody else has),
/// and the conditions NamesAccepted, Established and Terminating. A definition that was established
/// stays so. `now` stamps conditions that change.
Value NextStatus(const Value& definition, const NamesInUse& others, std::string_view now);

/// Whether the kind is to be served: a condition of `status` says Established.
bool IsEstablished(const Value& status);

}  // namespace noizy::apiserver
