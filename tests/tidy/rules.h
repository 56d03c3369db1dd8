// The rules of docs/style.md. Each is a pure function from the repository to what breaks it;
// repository_test.cc runs them on this repository, *_rules_test.cc on made-up ones that break them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/layers.h"
#include "tests/tidy/repository.h"

namespace noizy::tidy {

// Sizes (size_rules.cc).
Findings FunctionsTooLong(const Repository& repository);
Findings FilesTooLong(const Repository& repository);
Findings BlobsTooLarge(const Repository& repository);

/// What is measured over the whole product, per kind of file.
struct Measures {
  std::size_t functions = 0;
  std::size_t function_median = 0;
  std::size_t function_p95 = 0;
  std::size_t body_median = 0;
  std::size_t body_p95 = 0;
  double header_comment_percent = 0;
  double body_comment_percent = 0;
  std::size_t includes_median = 0;  // project includes of a header
  std::size_t includes_p95 = 0;
  double test_to_code = 0;
};
Measures Measure(const Repository& repository);
Findings MeasuresOutOfRange(const Measures& measures);
std::string ToString(const Measures& measures);
/// The smallest value that `percent` of the values do not exceed; 0 for none.
std::size_t Percentile(std::vector<std::size_t> values, std::size_t percent);

// Layers (layer_rules.cc).
Findings ForbiddenIncludes(const Repository& repository, const Layers& layers);
Findings ThirdPartyOutOfPlace(const Repository& repository, const Layers& layers);
Findings FolderCycles(const Repository& repository);
Findings OsConditionals(const Repository& repository);

// Names and calls (name_rules.cc).
Findings BannedNames(const Repository& repository);
Findings BannedCalls(const Repository& repository);
Findings RawNewAndDelete(const Repository& repository);
Findings ExtraErrorEnums(const Repository& repository);
Findings UnfinishedMarks(const Repository& repository);

// What is dead, generated or untested (file_rules.cc).
Findings DeadHeaders(const Repository& repository);
Findings DeadBodies(const Repository& repository);
Findings GeneratedFiles(const Repository& repository);
/// Bodies without a test of their own that no test of their folder's headers reaches either.
Findings UntestedBodies(const Repository& repository);
/// Of the bodies: those with tests/unit/<same path>/x_test.cc.
double PercentWithOwnTest(const Repository& repository);
Findings KindsWithoutSample(const Repository& repository);

// Documents (document_rules.cc).
Findings BrokenLinks(const Repository& repository);
Findings TitlesNotOne(const Repository& repository);
/// Rows of docs/security.md that name no test, or one that is not there.
Findings ThreatsWithoutTest(const Repository& repository);

}  // namespace noizy::tidy
