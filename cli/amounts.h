// Numbers and quantities of objects, as tables show them.
#pragma once

#include <string>

#include "machinery/value/value.h"

namespace noizy::cli {

/// To the nearest whole number.
std::string Rounded(double number);
/// The number at `path`; 0 when there is none.
double NumberAt(const Value& root, ValuePath path);
/// A quantity ("500m", "2Gi", 3) in whole units; 0 when there is none.
double AmountAt(const Value& root, ValuePath path);
/// "25%"; "<unknown>" of nothing.
std::string Share(double part, double whole);

}  // namespace noizy::cli
