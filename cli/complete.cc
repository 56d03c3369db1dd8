#include "cli/complete.h"

#include <algorithm>
#include <set>

#include "cli/commands.h"
#include "cli/targets.h"

namespace noizy::cli {
namespace {

constexpr std::int64_t kMaxNames = 500;  // more than anybody picks from

using Words = std::vector<std::string>;

/// Names of commands that go on from the words typed: "token" behind nothing, "create" behind it.
Words NextOfCommandNames(const Words& typed, const std::vector<ExtraCommand>& extra_commands) {
  std::set<std::string> names;
  for (const Command* command : AllCommands()) names.emplace(command->name);
  for (const ExtraCommand& extra : extra_commands) names.insert(extra.name);
  std::string begin;
  for (const std::string& word : typed) begin += word + " ";
  std::set<std::string> next;
  for (const std::string& name : names) {
    if (!name.starts_with(begin)) continue;
    const std::string rest = name.substr(begin.size());
    next.insert(rest.substr(0, rest.find(' ')));
  }
  return {next.begin(), next.end()};
}

/// What an extra command says of itself; null when the words name none.
const Words* ArgumentsOfExtra(const Words& typed, const std::vector<ExtraCommand>& extra_commands) {
  if (typed.empty()) return nullptr;
  const auto found = std::ranges::find(extra_commands, typed.front(), &ExtraCommand::name);
  return found == extra_commands.end() ? nullptr : &found->arguments;
}

/// One command line that is being typed.
class Completion {
 public:
  Completion(const Environment& environment, const Command& command, Words typed, std::string last)
      : environment_(environment),
        command_(command),
        typed_(std::move(typed)),
        last_(std::move(last)) {}

  Words Candidates() {
    if (last_.starts_with('-')) return FlagNames();
    if (const Flag* flag = FlagThatWaits()) {
      typed_.pop_back();
      return ValuesOf(*flag);
    }
    return NextWords();
  }

 private:
  Words FlagNames() const {
    Words names;
    for (const std::span<const Flag> table : {command_.flags, GlobalFlags()}) {
      for (const Flag& flag : table) names.push_back("--" + std::string(flag.name));
    }
    return names;
  }

  /// The flag before the cursor, when what comes next is its value.
  const Flag* FlagThatWaits() const {
    if (typed_.empty()) return nullptr;
    const std::string& before = typed_.back();
    for (const std::span<const Flag> table : {command_.flags, GlobalFlags()}) {
      for (const Flag& flag : table) {
        const bool takes_next = flag.kind == FlagKind::kText || flag.kind == FlagKind::kList;
        const bool is_it = before == "--" + std::string(flag.name) ||
                           (flag.letter != 0 && before == std::string("-") + flag.letter);
        if (takes_next && is_it) return &flag;
      }
    }
    return nullptr;
  }

  Words ValuesOf(const Flag& flag) {
    if (flag.name == "namespace") return NamesOf("namespaces", "");
    if (flag.name == "output")
      return {"json", "yaml", "name", "wide", "jsonpath=", "custom-columns="};
    if (flag.name == "type" && command_.name == "patch") return {"merge", "json", "strategic"};
    return {};
  }

  /// What the command's usage says its words are.
  Words NextWords() {
    const Result<Session*> session = OpenSession();
    if (!session.ok()) return {};
    const std::string_view usage = command_.usage;
    if (usage.starts_with("bash|")) return {"bash", "zsh", "fish"};
    if (usage.starts_with("NODE") || usage.starts_with("[NODE")) return NamesOf("nodes", "");
    if (usage.starts_with("TASK") || usage.starts_with("[TASK")) return NamesOf("tasks", "");
    if (usage.find("TYPE") == std::string_view::npos) return {};
    const std::size_t slash = last_.find('/');
    if (slash != std::string::npos)
      return NamesOf(last_.substr(0, slash), last_.substr(0, slash + 1));
    // "auth can-i VERB TYPE": the kind is the second word.
    const std::size_t before_type = usage.starts_with("VERB") ? 1 : 0;
    const Words& words = invocation_->words();
    if (words.size() < before_type) return {};
    return words.size() == before_type ? KindNames() : NamesOf(words[before_type], "");
  }

  /// With the flags typed so far, so that names come from the namespace and the server they say.
  Result<Session*> OpenSession() {
    const std::span<const Flag> tables[] = {command_.flags, GlobalFlags()};
    NOIZY_ASSIGN_OR_RETURN(ParsedArguments parsed, ParsedArguments::Parse(typed_, tables));
    invocation_ = std::make_unique<Invocation>(environment_, std::move(parsed));
    return invocation_->session();
  }

  Words KindNames() {
    const Result<Session*> session = invocation_->session();
    const Result<const ServedKinds*> discovery =
        session.ok() ? (*session)->discovery() : Result<const ServedKinds*>(session.status());
    if (!discovery.ok()) return {};
    Words names;
    for (const ServedKind& kind : (*discovery)->all()) names.push_back(kind.resource.plural);
    return names;
  }

  Words NamesOf(std::string_view type, const std::string& before) {
    if (invocation_ == nullptr && !OpenSession().ok()) return {};
    const Result<std::vector<Target>> targets = NamedTargets(*invocation_, {std::string(type)});
    if (!targets.ok()) return {};
    Words names;
    for (const Target& target : *targets) {
      const Result<ObjectList> list =
          (*invocation_->session())
              ->client()
              .List(target.kind.resource, target.ns, {.limit = kMaxNames, .metadata_only = true});
      if (!list.ok()) return {};
      for (const Value& object : list->items) names.push_back(before + std::string(NameOf(object)));
    }
    return names;
  }

  const Environment& environment_;
  const Command& command_;
  Words typed_;
  const std::string last_;
  std::unique_ptr<Invocation> invocation_;
};

}  // namespace

std::vector<std::string> CompleteWord(std::vector<std::string> words,
                                      const Environment& environment,
                                      const std::vector<ExtraCommand>& extra_commands) {
  const std::string last = words.empty() ? "" : words.back();
  if (!words.empty()) words.pop_back();
  Words candidates;
  if (const Command* command = FindCommand(words)) {
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(WordsIn(*command)));
    candidates = Completion(environment, *command, std::move(words), last).Candidates();
  } else if (const Words* arguments = ArgumentsOfExtra(words, extra_commands)) {
    candidates = *arguments;
  } else {
    candidates = NextOfCommandNames(words, extra_commands);
  }
  std::erase_if(candidates, [&last](const std::string& word) { return !word.starts_with(last); });
  return candidates;
}

}  // namespace noizy::cli
