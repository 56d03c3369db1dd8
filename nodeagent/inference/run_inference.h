// The process of one inference: asks the model server, and is supervised as every task.
#pragma once

#include <string_view>

namespace noizy::nodeagent {

/// The hidden subcommand's name.
inline constexpr std::string_view kInferenceCommand = "task-inference";

/// Exit codes: a fault that may pass, and one that will not. 75 is EX_TEMPFAIL of sysexits.h.
inline constexpr int kMayPass = 75;
inline constexpr int kWillNotPass = 1;

/// The body of `noizy task-inference FOLDER`: argv[0] is the subcommand, argv[1] the attempt's
/// folder. Asks what the folder's inference.json says, with the payload on its standard input; what
/// the model answers goes to its standard output as it comes, what was counted or went wrong to
/// outcome.json.
int RunInference(int argc, char** argv);

}  // namespace noizy::nodeagent
