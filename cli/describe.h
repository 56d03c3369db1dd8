// An object told to a person: who it is, what is wanted, how it stands, what happened to it.
#pragma once

#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/value/value.h"

namespace noizy::cli {

/// Several paragraphs, ending with a newline. `events` are the object's, oldest first; the object's
/// secrets (a Secret's data) are told by their size alone.
std::string DescribeObject(const Value& object, const std::vector<Value>& events, WallTime now);

}  // namespace noizy::cli
