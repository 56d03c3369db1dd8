#include "cli/flags.h"

#include <charconv>

#include "machinery/meta/time.h"

namespace noizy::cli {
namespace {

/// What details.kind says where a Status is about the command line itself.
constexpr std::string_view kCommandLine = "CommandLine";

using Tables = std::span<const std::span<const Flag>>;

const Flag* FindByName(Tables tables, std::string_view name) {
  for (const std::span<const Flag> table : tables) {
    for (const Flag& flag : table) {
      if (flag.name == name) return &flag;
    }
  }
  return nullptr;
}

const Flag* FindByLetter(Tables tables, char letter) {
  for (const std::span<const Flag> table : tables) {
    for (const Flag& flag : table) {
      if (flag.letter == letter) return &flag;
    }
  }
  return nullptr;
}

std::string Shown(const Flag& flag) {
  return "--" + std::string(flag.name);
}

Status WantsValue(const Flag& flag) {
  return WrongUsage("flag " + Shown(flag) + " wants a value: " + Shown(flag) + " " +
                    std::string(flag.value_name));
}

bool IsTruth(std::string_view text) {
  return text == "true" || text == "1" || text == "t";
}
bool IsFalsehood(std::string_view text) {
  return text == "false" || text == "0" || text == "f";
}

/// Walks the arguments; each Take* consumes what belongs to one flag.
class Scanner {
 public:
  using Sink = std::map<std::string, std::vector<std::string>, std::less<>>;

  Scanner(const std::vector<std::string>& arguments, Tables tables, Sink& sink)
      : arguments_(arguments), tables_(tables), sink_(sink) {}

  bool AtEnd() const { return at_ == arguments_.size(); }
  const std::string& Next() { return arguments_[at_++]; }

  /// "--name" or "--name=value", without the dashes.
  Status TakeLong(std::string_view text) {
    const std::size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const Flag* flag = FindByName(tables_, name);
    if (flag == nullptr) return WrongUsage("unknown flag --" + std::string(name));
    if (equals != std::string_view::npos) return Store(*flag, text.substr(equals + 1));
    return TakeValue(*flag);
  }

  /// "n", "nvalue", "n=value", "Aw", without the dash.
  Status TakeShort(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const Flag* flag = FindByLetter(tables_, text[i]);
      if (flag == nullptr) return WrongUsage("unknown flag -" + std::string(1, text[i]));
      std::string_view rest = text.substr(i + 1);
      if (rest.starts_with('=')) return Store(*flag, rest.substr(1));
      const bool joins = flag->kind == FlagKind::kSwitch || flag->kind == FlagKind::kOptional;
      if (!joins && !rest.empty()) return Store(*flag, rest);
      NOIZY_RETURN_IF_ERROR(TakeValue(*flag));
    }
    return Status::Ok();
  }

 private:
  Status TakeValue(const Flag& flag) {
    if (flag.kind == FlagKind::kSwitch) return Store(flag, "true");
    if (flag.kind == FlagKind::kOptional) return Store(flag, "");
    if (AtEnd()) return WantsValue(flag);
    return Store(flag, Next());
  }

  Status Store(const Flag& flag, std::string_view value) {
    if (flag.kind == FlagKind::kSwitch && !IsTruth(value) && !IsFalsehood(value)) {
      return WrongUsage("flag " + Shown(flag) + " is on or off: " + Shown(flag) + "=true or " +
                        Shown(flag) + "=false");
    }
    std::vector<std::string>& values = sink_[std::string(flag.name)];
    if (flag.kind != FlagKind::kList) values.clear();
    values.emplace_back(value);
    return Status::Ok();
  }

  const std::vector<std::string>& arguments_;
  Tables tables_;
  Sink& sink_;
  std::size_t at_ = 0;
};

}  // namespace

Status WrongUsage(std::string why) {
  StatusDetails details;
  details.kind = kCommandLine;
  return Status(StatusReason::kBadRequest, std::move(why), std::move(details));
}

bool IsWrongUsage(const Status& status) {
  return status.reason() == StatusReason::kBadRequest && status.details().kind == kCommandLine;
}

bool FlagValues::On(std::string_view name, bool fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : IsTruth(found->second.back());
}

std::string_view FlagValues::Text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string_view() : std::string_view(found->second.back());
}

const std::vector<std::string>& FlagValues::List(std::string_view name) const {
  static const std::vector<std::string> kNone;
  const auto found = values_.find(name);
  return found == values_.end() ? kNone : found->second;
}

Result<std::optional<std::int64_t>> FlagValues::Number(std::string_view name) const {
  if (!Has(name)) return std::optional<std::int64_t>();
  const std::string_view text = Text(name);
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    return WrongUsage("flag --" + std::string(name) + " wants a whole number, not \"" +
                      std::string(text) + "\"");
  }
  return std::optional<std::int64_t>(number);
}

Result<Duration> FlagValues::Span(std::string_view name, Duration fallback) const {
  if (!Has(name)) return fallback;
  const std::string_view text = Text(name);
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos) {
    NOIZY_ASSIGN_OR_RETURN(const std::optional<std::int64_t> seconds, Number(name));
    return Duration(std::chrono::seconds(*seconds));
  }
  const Result<Duration> span = ParseDuration(text);
  if (span.ok()) return span;
  return WrongUsage("flag --" + std::string(name) + " wants a duration such as 30s or 5m, not \"" +
                    std::string(text) + "\"");
}

Result<ParsedArguments> ParsedArguments::Parse(const std::vector<std::string>& arguments,
                                               Tables tables) {
  ParsedArguments parsed;
  Scanner scanner(arguments, tables, parsed.flags.values_);
  while (!scanner.AtEnd()) {
    const std::string& argument = scanner.Next();
    if (argument == "--") {
      parsed.has_trailer = true;
      while (!scanner.AtEnd()) parsed.trailer.push_back(scanner.Next());
    } else if (argument.starts_with("--")) {
      NOIZY_RETURN_IF_ERROR(scanner.TakeLong(std::string_view(argument).substr(2)));
    } else if (argument.size() > 1 && argument[0] == '-') {
      NOIZY_RETURN_IF_ERROR(scanner.TakeShort(std::string_view(argument).substr(1)));
    } else {
      parsed.words.push_back(argument);
    }
  }
  return parsed;
}

std::string FlagHelp(std::span<const Flag> flags) {
  std::vector<std::string> forms;
  std::size_t width = 0;
  for (const Flag& flag : flags) {
    std::string form = flag.letter == 0 ? "      " : std::string("  -") + flag.letter + ", ";
    form += Shown(flag);
    if (flag.kind == FlagKind::kOptional) form += "[=" + std::string(flag.value_name) + "]";
    if (flag.kind == FlagKind::kText || flag.kind == FlagKind::kList)
      form += " " + std::string(flag.value_name);
    width = std::max(width, form.size());
    forms.push_back(std::move(form));
  }
  std::string help;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    help += forms[i] + std::string(width - forms[i].size() + 3, ' ') + std::string(flags[i].help) +
            "\n";
  }
  return help;
}

}  // namespace noizy::cli
