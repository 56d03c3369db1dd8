// The table of commands. Each is declared, with its flags and its help, in the file of its name.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/command.h"

namespace noizy::cli {

extern const Command kAnnotate;
extern const Command kApiResources;
extern const Command kApply;
extern const Command kAuthCanI;
extern const Command kAuthWhoAmI;
extern const Command kCaImport;
extern const Command kCaRotate;
extern const Command kCaShow;
extern const Command kCertApprove;
extern const Command kCertDeny;
extern const Command kCertExport;
extern const Command kCertInspect;
extern const Command kCertIssue;
extern const Command kCertRenew;
extern const Command kCertRevoke;
extern const Command kCertStatus;
extern const Command kCompletion;
extern const Command kCordon;
extern const Command kCreate;
extern const Command kDelete;
extern const Command kDescribe;
extern const Command kDiagnose;
extern const Command kOptimize;
extern const Command kDiff;
extern const Command kDrain;
extern const Command kEdit;
extern const Command kEvents;
extern const Command kExplain;
extern const Command kGet;
extern const Command kLabel;
extern const Command kLogs;
extern const Command kMonitor;
extern const Command kPatch;
extern const Command kPlan;
extern const Command kReplace;
extern const Command kRouteReplay;
extern const Command kRun;
extern const Command kScale;
extern const Command kTokenCreate;
extern const Command kTokenList;
extern const Command kTokenRevoke;
extern const Command kTopNodes;
extern const Command kTopTasks;
extern const Command kUncordon;
extern const Command kVersion;
extern const Command kWait;
extern const Command kWhy;

/// In the order in which help shows them.
std::span<const Command* const> AllCommands();
/// The command that the first words name ("token create" is two), or null.
const Command* FindCommand(const std::vector<std::string>& arguments);
/// How many words its name has.
std::size_t WordsIn(const Command& command);

}  // namespace noizy::cli
