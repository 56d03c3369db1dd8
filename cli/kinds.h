// The server's kinds by the words people use, with errors that say how to go on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/served_kinds.h"
#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::cli {

/// "tasks", "task", "rp", "tasks.noizy.dev"; NotFound says how to see what there is.
Result<ServedKind> KindByWord(const ServedKinds& discovery, std::string_view word);
/// The kind of an object; NotFound says that its definition may have to be applied first.
Result<ServedKind> KindOfObject(const ServedKinds& discovery, const Value& object);
/// The kinds that a word covers: one, or all of a category ("all"); "tasks,nodes" covers several.
Result<std::vector<ServedKind>> KindsByWords(const ServedKinds& discovery, std::string_view words);

/// "task.noizy.dev/a".
std::string Shown(const ServedKind& kind, std::string_view name);

}  // namespace noizy::cli
