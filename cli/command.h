// A command: its row in the table, and one run of it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/environment.h"
#include "cli/flags.h"
#include "cli/session.h"
#include "machinery/base/status.h"

namespace noizy::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
/// As a shell reports a program that SIGINT ended.
inline constexpr int kExitInterrupted = 130;

class Invocation;

/// Declared at file scope, one per command, listed in commands.cc.
struct Command {
  std::string_view name;     // "get", "token create"
  std::string_view usage;    // what follows the name: "TYPE[/NAME] …"
  std::string_view summary;  // one line, for the list of commands
  std::string_view details;  // for its own help; may be empty
  std::span<const Flag> flags;
  /// The exit code, or the Status that is printed as one line.
  Result<int> (*run)(Invocation& invocation);
};

/// The flags that every command takes.
std::span<const Flag> GlobalFlags();

/// One run. One thread; opens its session when it is first asked for.
class Invocation {
 public:
  Invocation(const Environment& environment, ParsedArguments arguments)
      : environment_(environment), arguments_(std::move(arguments)) {}

  const Environment& environment() const { return environment_; }
  const FlagValues& flags() const { return arguments_.flags; }
  const std::vector<std::string>& words() const { return arguments_.words; }
  const std::vector<std::string>& trailer() const { return arguments_.trailer; }
  std::ostream& out() const { return environment_.out; }
  std::ostream& err() const { return environment_.err; }

  Result<Session*> session();

  /// Says a failure on stderr in one line, for commands that go on with the next object.
  void Say(const Status& failure) const;

 private:
  const Environment& environment_;
  ParsedArguments arguments_;
  std::unique_ptr<Session> session_;
};

/// "error: tasks.noizy.dev "a" not found": one line, whatever the message holds.
std::string FailureLine(const Status& failure);

}  // namespace noizy::cli
