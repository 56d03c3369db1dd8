#include "cli/commands.h"

#include <algorithm>

namespace noizy::cli {

std::span<const Command* const> AllCommands() {
  static constexpr const Command* kAll[] = {
      &kRun,         &kGet,         &kDescribe,     &kExplain,    &kLogs,        &kEvents,
      &kTopNodes,    &kTopTasks,    &kMonitor,      &kWhy,        &kDiagnose,    &kOptimize,
      &kRouteReplay, &kPlan,        &kWait,         &kApply,      &kDiff,        &kCreate,
      &kReplace,     &kEdit,        &kPatch,        &kLabel,      &kAnnotate,    &kScale,
      &kDelete,      &kCordon,      &kUncordon,     &kDrain,      &kTokenCreate, &kTokenList,
      &kTokenRevoke, &kCertIssue,   &kCertInspect,  &kCertStatus, &kCertExport,  &kCertRenew,
      &kCertRevoke,  &kCertApprove, &kCertDeny,     &kCaShow,     &kCaRotate,    &kCaImport,
      &kAuthCanI,    &kAuthWhoAmI,  &kApiResources, &kCompletion, &kVersion};
  return kAll;
}

std::size_t WordsIn(const Command& command) {
  return 1 + static_cast<std::size_t>(std::count(command.name.begin(), command.name.end(), ' '));
}

const Command* FindCommand(const std::vector<std::string>& arguments) {
  for (const Command* command : AllCommands()) {
    std::string given;
    for (std::size_t i = 0; i < WordsIn(*command) && i < arguments.size(); ++i) {
      given += (i == 0 ? "" : " ") + arguments[i];
    }
    if (given == command->name) return command;
  }
  return nullptr;
}

}  // namespace noizy::cli
