// Finds the functions and the types of a stripped file by following its brackets.
#pragma once

#include "tests/tidy/source_file.h"

namespace noizy::tidy {

/// Fills `types` and `functions` from `lines`.
void ScanBrackets(SourceFile& file);

}  // namespace noizy::tidy
