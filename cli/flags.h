// Flags as kubectl takes them: anywhere among the arguments, "--name value", "--name=value", "-n
// value", "-nvalue", "-n=value", joined switches "-Aw"; "--" ends them. One table per command
// declares its flags; help is made from the same table.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy::cli {

/// A mistake on the command line, which exits with 2 where other failures exit with 1.
Status WrongUsage(std::string why);
bool IsWrongUsage(const Status& status);

enum class FlagKind : std::uint8_t {
  kSwitch,    // --all, --all=false
  kText,      // --selector x
  kList,      // may come many times
  kOptional,  // --dry-run or --dry-run=server: a value only behind "="
};

/// A flag, declared at file scope: the views must live for ever.
struct Flag {
  std::string_view name;  // without dashes
  char letter = 0;        // 0: no short form
  FlagKind kind = FlagKind::kText;
  std::string_view value_name = {};  // for help: FILE, N; unused for switches
  std::string_view help = {};
};

/// What was given. Immutable after parsing.
class FlagValues {
 public:
  bool Has(std::string_view name) const { return values_.contains(name); }
  /// A switch's state; `fallback` when it was not given.
  bool On(std::string_view name, bool fallback = false) const;
  /// The last value given; "" when there is none (kOptional: also when it came without a value).
  std::string_view Text(std::string_view name) const;
  const std::vector<std::string>& List(std::string_view name) const;
  /// Errors name the flag and what it wants.
  Result<std::optional<std::int64_t>> Number(std::string_view name) const;
  /// Go's duration syntax; a bare number is seconds.
  Result<Duration> Span(std::string_view name, Duration fallback) const;

 private:
  friend struct ParsedArguments;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// A command's arguments, taken apart.
struct ParsedArguments {
  FlagValues flags;
  std::vector<std::string> words;    // what is no flag, before "--"
  std::vector<std::string> trailer;  // what follows "--"
  bool has_trailer = false;

  /// BadRequest for a flag that `tables` do not know, a missing or an unwanted value.
  static Result<ParsedArguments> Parse(const std::vector<std::string>& arguments,
                                       std::span<const std::span<const Flag>> tables);
};

/// One line per flag, aligned: "  -o, --output FORMAT   what it does".
std::string FlagHelp(std::span<const Flag> flags);

}  // namespace noizy::cli
