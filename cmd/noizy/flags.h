// Command-line flags of the server programs: "--name value" or "--name=value", and switches.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy {

/// What a program takes.
struct FlagTable {
  /// Name (with its dashes) → what it means, for the usage text.
  std::vector<std::pair<std::string, std::string>> valued;
  std::vector<std::pair<std::string, std::string>> switches;
  /// What stands without a flag, in order ("FILE"), for the usage text; the words must be given.
  std::vector<std::string> words = {};
};

/// The flags given. Immutable.
class Flags {
 public:
  /// BadRequest for an unknown flag, a missing value or a stray argument; the message names it and
  /// lists what there is.
  static Result<Flags> Parse(const FlagTable& table, const std::vector<std::string>& arguments);

  bool Has(std::string_view name) const { return values_.contains(std::string(name)); }
  /// What was given in the place of a word of the table; "" where --help was given instead.
  std::string Word(std::size_t index) const { return index < words_.size() ? words_[index] : ""; }
  /// The value, or `fallback`.
  std::string Text(std::string_view name, std::string_view fallback) const;
  /// BadRequest unless it is a port number (0 to 65535).
  Result<std::uint16_t> Port(std::string_view name, std::uint16_t fallback) const;
  /// BadRequest unless it is a whole number up to a million.
  Result<std::size_t> Number(std::string_view name, std::size_t fallback) const;

 private:
  std::map<std::string, std::string> values_;
  std::vector<std::string> words_;
};

/// "Usage" lines for `--help`.
std::string UsageText(std::string_view command, std::string_view purpose, const FlagTable& table);

}  // namespace noizy
