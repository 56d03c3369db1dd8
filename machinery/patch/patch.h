// Patches: JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7386).
#pragma once

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy {

/// Patches may grow a document by copying: refused beyond this many bytes of serialised result
/// (Kubernetes' limit).
inline constexpr std::size_t kMaxPatchedBytes = 3 * 1024 * 1024;
/// Operations in one JSON Patch (Kubernetes' limit).
inline constexpr std::size_t kMaxJsonPatchOperations = 10'000;

/// Applies `operations` to `document`, all or nothing. BadRequest: no patch by RFC 6902. Invalid
/// (422): it does not fit the document (missing path, failed test).
Status ApplyJsonPatch(Value& document, const Value& operations);

/// RFC 7386. Cannot fail: a patch that is no object replaces the document.
void ApplyMergePatch(Value& document, const Value& patch);

/// The merge patch that turns `from` into `to`; an empty object when they are equal.
Value CreateMergePatch(const Value& from, const Value& to);

}  // namespace noizy
