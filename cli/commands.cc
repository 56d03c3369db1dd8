#include "cli/commands.h"

namespace noizy::cli {

std::span<const Command* const> AllCommands() {
  static constexpr const Command* kAll[] = {
      &kRun,    &kGet,    &kDescribe, &kLogs,        &kEvents,       &kWait,
      &kApply,  &kCreate, &kReplace,  &kPatch,       &kLabel,        &kAnnotate,
      &kDelete, &kCordon, &kUncordon, &kTokenCreate, &kApiResources, &kVersion};
  return kAll;
}

}  // namespace noizy::cli
