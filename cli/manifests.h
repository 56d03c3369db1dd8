// Objects read from files, folders and standard input.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::cli {

struct Manifest {
  Value object;
  std::string origin;  // "task.yaml:12": where it begins, for errors
};

enum class Recursion : std::uint8_t { kThisFolder, kFoldersBelow };

/// The objects of every file named, in order. A folder gives its *.yaml, *.yml and *.json files by
/// name; "-" is `in`. A List gives its items. Errors name file and line, and what is missing: each
/// object needs apiVersion and kind.
Result<std::vector<Manifest>> ReadManifests(const std::vector<std::string>& names,
                                            Recursion recursion, std::istream& in);

/// Whatever is not created needs a name. The error does not say where.
Status CheckNamed(const Manifest& manifest);

/// What others need comes first (Namespaces, CustomResourceDefinitions, Secrets…), Tasks after all
/// that they may refer to; else the order stays.
void SortForCreation(std::vector<Manifest>& manifests);

}  // namespace noizy::cli
