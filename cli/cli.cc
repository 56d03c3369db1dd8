#include "cli/cli.h"

#include <cstdlib>
#include <iostream>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/complete.h"
#include "machinery/os/command.h"
#include "machinery/os/fd.h"
#include "machinery/os/signals.h"

namespace noizy::cli {
namespace {

/// What the scripts of "completion" call: "noizy __complete -- WORD…".
constexpr std::string_view kCompleteWord = "__complete";

std::string Padded(std::string_view name, std::size_t width) {
  return "  " + std::string(name) + std::string(width - std::min(width, name.size()) + 2, ' ');
}

std::string Overview(const std::vector<ExtraCommand>& extra_commands) {
  std::size_t width = 0;
  for (const Command* command : AllCommands()) width = std::max(width, command->name.size());
  for (const ExtraCommand& extra : extra_commands) width = std::max(width, extra.name.size());
  std::string text = "noizy runs tasks on a grid of unlike machines.\n";
  if (!extra_commands.empty()) text += "\nThe grid:\n";
  for (const ExtraCommand& extra : extra_commands)
    text += Padded(extra.name, width) + extra.summary + "\n";
  text += "\nIts objects:\n";
  for (const Command* command : AllCommands()) {
    text += Padded(command->name, width) + std::string(command->summary) + "\n";
  }
  return text + "\nEvery command takes:\n" + FlagHelp(GlobalFlags()) +
         "\n\"noizy COMMAND --help\" tells more.\n";
}

std::string HelpOf(const Command& command) {
  std::string text = std::string(command.summary) + "\n\nUsage: noizy " +
                     std::string(command.name) + " " + std::string(command.usage) + "\n";
  if (!command.details.empty()) text += "\n" + std::string(command.details) + "\n";
  if (!command.flags.empty()) text += "\nFlags:\n" + FlagHelp(command.flags);
  return text + "\nFlags of every command:\n" + FlagHelp(GlobalFlags());
}

int Run(const Command& command, const std::vector<std::string>& arguments,
        const Environment& environment) {
  const std::span<const Flag> tables[] = {command.flags, GlobalFlags()};
  Result<ParsedArguments> parsed = ParsedArguments::Parse(arguments, tables);
  if (!parsed.ok()) {
    environment.err << "error: " << parsed.status().message() << " (see noizy " << command.name
                    << " --help)\n";
    return kExitUsage;
  }
  if (parsed->flags.On("help")) {
    environment.out << HelpOf(command);
    return kExitOk;
  }
  Invocation invocation(environment, *std::move(parsed));
  const Result<int> code = command.run(invocation);
  environment.out.flush();
  if (code.ok()) return *code;
  if (IsWrongUsage(code.status())) {
    environment.err << FailureLine(code.status()) << " (usage: noizy " << command.name << " "
                    << command.usage << ")\n";
    return kExitUsage;
  }
  invocation.Say(code.status());
  return ExitCode(code.status().reason());
}

std::string Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

/// The editor is a command line ("code --wait"), which the shell takes apart.
Status EditInTerminal(const std::string& path) {
  std::string editor = "vi";
  for (const char* name : {"EDITOR", "VISUAL", "KUBE_EDITOR", "NOIZY_EDITOR"}) {
    if (!Variable(name).empty()) editor = Variable(name);
  }
  NOIZY_ASSIGN_OR_RETURN(const ExitStatus exit,
                         RunInForeground({"/bin/sh", "-c", editor + " \"$1\"", "noizy", path}));
  if (exit == ExitStatus{}) return Status::Ok();
  return BadRequest("the editor \"" + editor +
                    "\" failed: set NOIZY_EDITOR or EDITOR to one that works");
}

/// From now on the process's SIGINT and SIGTERM, or more, are only told of. Asked for once.
std::function<bool()> CatchInterrupts(Caught caught) {
  const bool every = caught == Caught::kEveryEnd;
  auto signals = std::make_shared<TerminationSignals>(every ? std::vector<int>{SIGHUP, SIGQUIT}
                                                            : std::vector<int>{});
  return [signals] { return signals->WaitFor(Duration::zero()).has_value(); };
}

/// How many of `arguments` belong to the global flag that stands first; 0 when none does.
std::size_t GlobalFlagWords(std::span<const std::string> arguments) {
  if (arguments.empty()) return 0;
  const std::string_view word = arguments.front();
  for (const Flag& flag : GlobalFlags()) {
    if (flag.kind != FlagKind::kText) continue;
    const std::string name = std::string("--").append(flag.name);
    if (word.starts_with(name) && word.substr(name.size()).starts_with('=')) return 1;
    const bool is_letter =
        flag.letter != 0 && word.size() >= 2 && word[0] == '-' && word[1] == flag.letter;
    if (is_letter && word.size() > 2) return 1;
    if (is_letter || word == name) return std::min<std::size_t>(2, arguments.size());
  }
  return 0;
}

/// `noizy -n a get tasks` means `noizy get -n a tasks`, as with kubectl.
std::vector<std::string> GlobalFlagsBehindCommand(const std::vector<std::string>& arguments) {
  std::size_t count = 0;
  while (const std::size_t words = GlobalFlagWords(std::span(arguments).subspan(count)))
    count += words;
  const auto flags_end = arguments.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<std::string> moved(flags_end, arguments.end());
  const Command* command = moved.empty() ? nullptr : FindCommand(moved);
  const std::size_t unknown = moved.empty() ? 0 : 1;  // to be complained about, not the flags
  const std::size_t words = command == nullptr ? unknown : WordsIn(*command);
  moved.insert(moved.begin() + static_cast<std::ptrdiff_t>(words), arguments.begin(), flags_end);
  return moved;
}

}  // namespace

int RunCommandLine(const std::vector<std::string>& given, const Environment& environment,
                   const std::vector<ExtraCommand>& extra_commands) {
  const std::vector<std::string> arguments = GlobalFlagsBehindCommand(given);
  if (arguments.empty() || arguments[0] == "help" || arguments[0] == "--help" ||
      arguments[0] == "-h") {
    environment.out << Overview(extra_commands);
    return arguments.empty() ? kExitUsage : kExitOk;
  }
  if (arguments[0] == kCompleteWord) {
    const auto typed = std::min<std::ptrdiff_t>(std::ssize(arguments), 2);  // behind "--"
    for (const std::string& word :
         CompleteWord({arguments.begin() + typed, arguments.end()}, environment, extra_commands))
      environment.out << word << "\n";
    return kExitOk;
  }
  for (const ExtraCommand& extra : extra_commands) {
    if (extra.name == arguments[0]) return extra.run({arguments.begin() + 1, arguments.end()});
  }
  if (arguments[0] == "--version") return RunCommandLine({"version", "--client"}, environment);
  const Command* command = FindCommand(arguments);
  if (command == nullptr) {
    environment.err << "error: unknown command \"" << arguments[0]
                    << "\"; noizy --help lists them\n";
    return kExitUsage;
  }
  const auto words = static_cast<std::ptrdiff_t>(WordsIn(*command));
  return Run(*command, {arguments.begin() + words, arguments.end()}, environment);
}

int RunCli(int argc, char** argv, const CliOptions& options) {
  const Environment environment{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .err_is_terminal = options.err_is_terminal,
      .clock = RealClock::Instance(),
      .version = options.version,
      .variable = Variable,
      .connect = [](HttpClientOptions http) { return MakeHttpClient(std::move(http)); },
      .edit = EditInTerminal,
      .catch_interrupts = CatchInterrupts,
      .take_terminal = [] { return TakeTerminal(kStandardInput, kStandardOutput); }};
  return RunCommandLine({argv + 1, argv + argc}, environment, options.extra_commands);
}

}  // namespace noizy::cli
