// Lists of strings, as JSON has them and as C++ has them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "machinery/value/value.h"

namespace noizy {

/// The strings of the array at `path`; members of another type are left out. None when there is no
/// array.
std::vector<std::string> StringsAt(const Value& root, ValuePath path);
/// `texts` as an array.
Array StringArray(std::span<const std::string> texts);

}  // namespace noizy
