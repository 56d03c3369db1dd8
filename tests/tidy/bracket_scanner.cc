#include "tests/tidy/bracket_scanner.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace noizy::tidy {
namespace {

using std::string_view;

/// What a `{` opens. Functions hold statements; namespaces and types hold declarations; the rest is
/// skipped whole.
enum class Scope : std::uint8_t { kNamespace, kType, kFunction, kOther };

bool IsSpace(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

string_view Trim(string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

/// The offset behind the bracket that closes the one at `open`; the text's end when none does.
std::size_t BehindMatch(string_view text, std::size_t open) {
  const char opening = text[open];
  const char closing = opening == '(' ? ')' : opening == '<' ? '>' : opening == '[' ? ']' : '}';
  int depth = 0;
  for (std::size_t at = open; at < text.size(); ++at) {
    if (text[at] == opening) ++depth;
    if (text[at] == closing && !(closing == '>' && at > 0 && text[at - 1] == '-') && --depth == 0)
      return at + 1;
  }
  return text.size();
}

/// Takes `template <…>` and `[[…]]` off a declaration's front.
string_view WithoutPrefixes(string_view declaration) {
  for (;;) {
    declaration = Trim(declaration);
    if (declaration.starts_with("template")) {
      const std::size_t open = declaration.find('<');
      if (open == string_view::npos) return declaration;
      declaration.remove_prefix(BehindMatch(declaration, open));
    } else if (declaration.starts_with("[[")) {
      declaration.remove_prefix(BehindMatch(declaration, 0));
    } else {
      return declaration;
    }
  }
}

bool StartsWithWord(string_view text, string_view word) {
  const auto words = Words(text);
  return !words.empty() && words.front().offset == 0 && words.front().text == word;
}

bool IsTypeDeclaration(string_view declaration) {
  if (StartsWithWord(declaration, "typedef")) declaration = Trim(declaration.substr(7));
  for (const string_view keyword : {"class", "struct", "union", "enum"}) {
    if (StartsWithWord(declaration, keyword)) return true;
  }
  return false;
}

/// "class NOIZY_CAPABILITY(...) Mutex final : public Base" → "Mutex".
std::string NameOfType(string_view declaration) {
  std::string flat;
  for (std::size_t at = 0; at < declaration.size();) {
    const char c = declaration[at];
    if (c == '(' || c == '<' || c == '[') {
      at = BehindMatch(declaration, at);
      continue;
    }
    const bool qualifier = declaration.substr(at, 2) == "::";
    if (c == ':' && !qualifier) break;
    flat += c;
    at += qualifier ? 2 : 1;
    if (qualifier) flat += ' ';
  }
  std::string name;
  for (const Word& word : Words(flat)) {
    if (word.text != "final") name = word.text;
  }
  return name;
}

/// An '=' that assigns: not part of ==, <=, operator=.
bool HasAssignment(string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '=') continue;
    const char before = at > 0 ? text[at - 1] : ' ';
    const char after = at + 1 < text.size() ? text[at + 1] : ' ';
    if (after == '=' || string_view("=<>!+-*/|&^%").find(before) != string_view::npos) continue;
    if (!Trim(text.substr(0, at)).ends_with("operator")) return true;
  }
  return false;
}

/// Where the parameter list of a function's declaration opens; nothing when this is no function.
std::optional<std::size_t> ParameterList(string_view declaration) {
  std::size_t open = declaration.find('(');
  const std::size_t call = declaration.find("operator()");
  if (call != string_view::npos && call + 8 == open) open = declaration.find('(', open + 2);
  if (open == string_view::npos || HasAssignment(declaration.substr(0, open))) return {};
  return open;
}

std::string NameOfFunction(string_view declaration, std::size_t open) {
  const string_view head = Trim(declaration.substr(0, open));
  const auto words = Words(head);
  if (words.empty()) return "?";
  std::string name(words.back().text);
  if (name != "TEST" && name != "TEST_F" && name != "TEST_P") return name;
  const std::size_t close = BehindMatch(declaration, open);
  return name + std::string(declaration.substr(open, close - open));
}

/// In "X::X() : a_{1}, b_(2) {" the first brace belongs to a member, the last one to the body.
bool OpensMemberInitialiser(string_view declaration, std::size_t open) {
  string_view rest = Trim(declaration.substr(BehindMatch(declaration, open)));
  if (const std::size_t colon = rest.find(':');
      colon == string_view::npos || rest.substr(colon, 2) == "::")
    return false;
  const string_view after = Trim(rest);
  if (after.empty()) return false;
  const char last = after.back();
  return std::isalnum(static_cast<unsigned char>(last)) != 0 || last == '_' || last == '>';
}

class BracketScanner {
 public:
  explicit BracketScanner(SourceFile& file) : file_(file) {
    for (const SourceLine& line : file.lines) {
      text_ += line.preprocessor ? std::string(line.code.size(), ' ') : line.code;
      text_ += '\n';
    }
  }

  void Run() {
    for (at_ = 0; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (InDeclarations()) {
        Declaration();
      } else {
        Inside();
      }
    }
  }

 private:
  struct Open {
    Scope scope;
    std::size_t line;
    std::string name;
  };

  bool InDeclarations() const {
    return open_.empty() || open_.back().scope == Scope::kNamespace ||
           open_.back().scope == Scope::kType;
  }

  string_view SoFar() const { return Trim(string_view(text_).substr(start_, at_ - start_)); }

  void Restart() {
    start_ = at_ + 1;
    begun_ = false;
  }

  void Declaration() {
    const char c = text_[at_];
    if (!begun_ && !IsSpace(c)) {
      begun_ = true;
      start_line_ = line_;
    }
    if (c == '(') ++parens_;
    if (c == ')') --parens_;
    if (c == '{') return Enter();
    if (parens_ > 0) return;
    if (c == ';') return Restart();
    if (c == '}') return Leave();
    if (c == ':' && IsAccessLabel()) Restart();
  }

  bool IsAccessLabel() const {
    const string_view label = SoFar();
    return label == "public" || label == "private" || label == "protected";
  }

  void Enter() {
    const string_view declaration = WithoutPrefixes(SoFar());
    if (parens_ > 0) return Push(Scope::kOther, {});  // a braced or lambda argument
    if (StartsWithWord(declaration, "namespace") || StartsWithWord(declaration, "inline") ||
        StartsWithWord(declaration, "extern")) {
      const bool is_namespace =
          declaration.find("namespace") != string_view::npos || declaration.ends_with('"');
      if (is_namespace) return PushAndRestart(Scope::kNamespace, {});
    }
    if (IsTypeDeclaration(declaration) && !HasAssignment(declaration))
      return EnterType(declaration);
    const auto open = ParameterList(declaration);
    if (!open || OpensMemberInitialiser(declaration, *open)) return Push(Scope::kOther, {});
    Push(Scope::kFunction, NameOfFunction(declaration, *open));
  }

  void EnterType(string_view declaration) {
    const bool is_enum = StartsWithWord(declaration, "enum");
    file_.types.push_back({start_line_, NameOfType(declaration), is_enum});
    if (is_enum) return Push(Scope::kOther, {});
    PushAndRestart(Scope::kType, {});
  }

  void Push(Scope scope, std::string name) {
    open_.push_back({scope, start_line_, std::move(name)});
    depth_ = 1;
  }
  void PushAndRestart(Scope scope, std::string name) {
    Push(scope, std::move(name));
    Restart();
  }

  void Leave() {
    if (!open_.empty()) open_.pop_back();
    Restart();
  }

  /// In a body or an initialiser only the depth counts.
  void Inside() {
    if (text_[at_] == '{') ++depth_;
    if (text_[at_] != '}' || --depth_ > 0) return;
    const Open closed = open_.back();
    open_.pop_back();
    if (closed.scope != Scope::kFunction) return;
    file_.functions.push_back({closed.line, line_ - closed.line + 1, closed.name});
    Restart();
  }

  SourceFile& file_;
  std::string text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t start_ = 0;  // where the current declaration begins
  std::size_t start_line_ = 1;
  bool begun_ = false;  // past the blanks before it
  int parens_ = 0;
  int depth_ = 0;  // braces open within the innermost scope
  std::vector<Open> open_;
};

}  // namespace

void ScanBrackets(SourceFile& file) {
  BracketScanner(file).Run();
}

}  // namespace noizy::tidy
