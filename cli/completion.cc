#include "cli/commands.h"

namespace noizy::cli {
namespace {

// Each shell asks this program what may come next ("noizy __complete -- WORDS"), so that the
// scripts never grow old. Where noizy knows nothing, files are offered.
constexpr std::string_view kBash = R"sh(_noizy() {
  local IFS=$'\n'
  COMPREPLY=($(noizy __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _noizy noizy
)sh";

constexpr std::string_view kZsh = R"sh(#compdef noizy
_noizy() {
  local -a found
  found=(${(f)"$(noizy __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( $#found )); then compadd -a found; else _files; fi
}
compdef _noizy noizy
)sh";

constexpr std::string_view kFish =
    R"sh(complete -c noizy -f -a '(noizy __complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
complete -c noizy -s f -l filename -r -F
)sh";

Result<int> RunCompletion(Invocation& invocation) {
  static constexpr std::pair<std::string_view, std::string_view> kShells[] = {
      {"bash", kBash}, {"zsh", kZsh}, {"fish", kFish}};
  for (const auto& [shell, script] : kShells) {
    if (invocation.words() != std::vector<std::string>{std::string(shell)}) continue;
    invocation.out() << script;
    return kExitOk;
  }
  return WrongUsage("say for which shell: bash, zsh or fish");
}

}  // namespace

const Command kCompletion = {
    .name = "completion",
    .usage = "bash|zsh|fish",
    .summary = "Print a script that completes words in your shell",
    .details =
        "bash: source <(noizy completion bash)\nzsh:  source <(noizy completion zsh)\n"
        "fish: noizy completion fish | source",
    .flags = {},
    .run = RunCompletion};

}  // namespace noizy::cli
