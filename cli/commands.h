// The table of commands. Each is declared, with its flags and its help, in the file of its name.
#pragma once

#include <span>

#include "cli/command.h"

namespace noizy::cli {

extern const Command kAnnotate;
extern const Command kApiResources;
extern const Command kApply;
extern const Command kCordon;
extern const Command kCreate;
extern const Command kDelete;
extern const Command kDescribe;
extern const Command kEvents;
extern const Command kGet;
extern const Command kLabel;
extern const Command kLogs;
extern const Command kPatch;
extern const Command kReplace;
extern const Command kRun;
extern const Command kTokenCreate;
extern const Command kUncordon;
extern const Command kVersion;
extern const Command kWait;

/// In the order in which help shows them.
std::span<const Command* const> AllCommands();

}  // namespace noizy::cli
