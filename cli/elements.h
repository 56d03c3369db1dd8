// Loops over arrays that may be missing.
#pragma once

#include "machinery/value/value.h"

namespace noizy::cli {

/// The array at `path`, empty when there is none.
inline const Array& ElementsAt(const Value& root, ValuePath path) {
  static const Array kNone;
  const Array* array = ArrayAt(root, path);
  return array == nullptr ? kNone : *array;
}

}  // namespace noizy::cli
