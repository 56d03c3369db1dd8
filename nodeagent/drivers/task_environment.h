// From an Assignment to the command, the environment and the files a process needs.
#pragma once

#include <string>
#include <vector>

#include "machinery/base/status.h"
#include "nodeagent/drivers/driver.h"

namespace noizy::nodeagent {

// Inside an attempt's folder.
inline constexpr std::string_view kPayloadFile = "payload";
inline constexpr std::string_view kWorkFolder = "work";
inline constexpr std::string_view kScriptFile = "script";  // and a suffix

struct TaskDefaults {
  std::string path;
  std::string home;  // empty: the working folder
};

/// The task's environment, NAME=value: a clean base (PATH, HOME, TMPDIR, LANG), the task's own
/// entries over it, and what noizy tells it (NOIZY_…) over both. BadRequest names an entry that no
/// environment can hold.
Result<std::vector<std::string>> BuildEnvironment(const TaskConfig& config,
                                                  const TaskDefaults& defaults);

/// The environment entries that mark the attempt's processes, and those of nobody else.
std::vector<std::string> AttemptMarks(const v1::AttemptRef& ref);

/// Writes the payload unless it was fetched, the script if there is one, and the working folder;
/// returns the command. BadRequest for an assignment that holds neither a command nor a script;
/// NotFound for a shell this node lacks.
Result<std::vector<std::string>> PrepareFolder(const TaskConfig& config, const std::string& path);

}  // namespace noizy::nodeagent
