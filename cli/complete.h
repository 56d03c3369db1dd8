// What may come next on a command line, for the shells' completion.
#pragma once

#include <string>
#include <vector>

#include "cli/cli.h"

namespace noizy::cli {

/// The words that may stand in the place of the last one of `words` (which is what was typed of it
/// so far, perhaps ""): commands, flags, kinds, names of objects. Empty when nothing is known, or
/// the server cannot be asked.
std::vector<std::string> CompleteWord(std::vector<std::string> words,
                                      const Environment& environment,
                                      const std::vector<ExtraCommand>& extra_commands);

}  // namespace noizy::cli
