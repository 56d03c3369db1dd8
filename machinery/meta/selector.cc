#include "machinery/meta/selector.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "machinery/meta/meta.h"

namespace noizy {
namespace {

using Operator = Requirement::Operator;

// A label selector's words. Operators read as words ("in", "notin") are identifiers until the
// parser expects one.
struct Token {
  enum class Kind : std::uint8_t { kEnd, kIdentifier, kComma, kOpen, kClose, kNot, kOperator };
  Kind kind = Kind::kEnd;
  std::string_view text;
};

constexpr std::string_view kSpecial = "=!(),<>";

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) { Advance(); }

  const Token& Peek() const { return token_; }
  Token Take() {
    const Token taken = token_;
    Advance();
    return taken;
  }

 private:
  void Advance() {
    while (!rest_.empty() && IsSpace(rest_.front())) rest_.remove_prefix(1);
    if (rest_.empty()) {
      token_ = {};
      return;
    }
    switch (rest_.front()) {
      case ',':
        return Set(Token::Kind::kComma, 1);
      case '(':
        return Set(Token::Kind::kOpen, 1);
      case ')':
        return Set(Token::Kind::kClose, 1);
      case '<':
      case '>':
        return Set(Token::Kind::kOperator, 1);
      case '=':
        return Set(Token::Kind::kOperator, rest_.starts_with("==") ? 2 : 1);
      case '!':
        return rest_.starts_with("!=") ? Set(Token::Kind::kOperator, 2) : Set(Token::Kind::kNot, 1);
      default:
        std::size_t end = 0;
        while (end < rest_.size() && !IsSpace(rest_[end]) &&
               kSpecial.find(rest_[end]) == std::string_view::npos) {
          ++end;
        }
        Set(Token::Kind::kIdentifier, end);
    }
  }
  void Set(Token::Kind kind, std::size_t length) {
    token_ = {kind, rest_.substr(0, length)};
    rest_.remove_prefix(length);
  }

  std::string_view rest_;
  Token token_;
};

Status Unexpected(const Token& found, std::string_view expected) {
  return BadRequest("found '" + std::string(found.text) + "', expected: " + std::string(expected));
}

Status CheckKey(std::string_view key) {
  const std::string fault = CheckQualifiedName(key);
  if (fault.empty()) return Status::Ok();
  return BadRequest("key: Invalid value: \"" + std::string(key) + "\": " + fault);
}

Status CheckValues(const Requirement& requirement) {
  for (const std::string& value : requirement.values) {
    const std::string fault = CheckLabelValue(value);
    if (!fault.empty()) {
      return BadRequest("values[" + requirement.key + "]: Invalid value: \"" + value +
                        "\": " + fault);
    }
  }
  const bool ordered =
      requirement.op == Operator::kGreaterThan || requirement.op == Operator::kLessThan;
  if (!ordered) return Status::Ok();
  const std::string& value = requirement.values.front();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error == std::errc() && end == value.data() + value.size()) return Status::Ok();
  return BadRequest("values[0]: Invalid value: \"" + value +
                    "\": for 'Gt', 'Lt' operators, the value must be an integer");
}

std::optional<Operator> OperatorOf(std::string_view text) {
  if (text == "=" || text == "==" || text == "in") return Operator::kIn;
  if (text == "!=" || text == "notin") return Operator::kNotIn;
  if (text == ">") return Operator::kGreaterThan;
  if (text == "<") return Operator::kLessThan;
  return std::nullopt;
}

void SortUnique(std::vector<std::string>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

// "(a, b)" → {a, b}; an empty place is the empty value, as in Kubernetes.
Result<std::vector<std::string>> ReadValueSet(Lexer& lexer) {
  if (const Token open = lexer.Take(); open.kind != Token::Kind::kOpen)
    return Unexpected(open, "'('");
  std::vector<std::string> values;
  if (lexer.Peek().kind == Token::Kind::kClose) {
    lexer.Take();
    return values;
  }
  while (true) {
    const bool named = lexer.Peek().kind == Token::Kind::kIdentifier;
    values.emplace_back(named ? lexer.Take().text : std::string_view());
    const Token next = lexer.Take();
    if (next.kind == Token::Kind::kClose) return values;
    if (next.kind != Token::Kind::kComma) return Unexpected(next, "',' or ')'");
  }
}

Result<std::string> ReadExactValue(Lexer& lexer) {
  const Token::Kind next = lexer.Peek().kind;
  if (next == Token::Kind::kEnd || next == Token::Kind::kComma) return std::string();
  const Token value = lexer.Take();
  if (value.kind != Token::Kind::kIdentifier) return Unexpected(value, "identifier");
  return std::string(value.text);
}

Result<Requirement> ReadRequirement(Lexer& lexer) {
  Requirement requirement;
  const bool negated = lexer.Peek().kind == Token::Kind::kNot;
  if (negated) lexer.Take();
  const Token key = lexer.Take();
  if (key.kind != Token::Kind::kIdentifier) return Unexpected(key, "identifier");
  requirement.key = key.text;
  NOIZY_RETURN_IF_ERROR(CheckKey(key.text));
  const Token::Kind next = lexer.Peek().kind;
  if (negated || next == Token::Kind::kEnd || next == Token::Kind::kComma) {
    requirement.op = negated ? Operator::kDoesNotExist : Operator::kExists;
    return requirement;
  }
  const Token op = lexer.Take();
  const auto known = OperatorOf(op.text);
  if (!known) return Unexpected(op, "in, notin, =, ==, !=, gt, lt");
  requirement.op = *known;
  if (op.kind == Token::Kind::kIdentifier) {
    NOIZY_ASSIGN_OR_RETURN(requirement.values, ReadValueSet(lexer));
    SortUnique(requirement.values);
    if (requirement.values.empty()) {
      return BadRequest(
          "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty");
    }
  } else {
    NOIZY_ASSIGN_OR_RETURN(std::string value, ReadExactValue(lexer));
    requirement.values.push_back(std::move(value));
  }
  NOIZY_RETURN_IF_ERROR(CheckValues(requirement));
  return requirement;
}

const std::string* FindValue(const KeyValues& labels, const std::string& key) {
  const auto found = std::lower_bound(
      labels.begin(), labels.end(), key,
      [](const auto& label, const std::string& wanted) { return label.first < wanted; });
  return found != labels.end() && found->first == key ? &found->second : nullptr;
}

std::optional<std::int64_t> NumberOf(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool Holds(const Requirement& requirement, const std::string* value) {
  const auto listed = [&] {
    return std::binary_search(requirement.values.begin(), requirement.values.end(), *value);
  };
  switch (requirement.op) {
    case Operator::kIn:
      return value != nullptr && listed();
    case Operator::kNotIn:
      return value == nullptr || !listed();
    case Operator::kExists:
      return value != nullptr;
    case Operator::kDoesNotExist:
      return value == nullptr;
    case Operator::kGreaterThan:
    case Operator::kLessThan: {
      const auto have = value == nullptr ? std::nullopt : NumberOf(*value);
      const auto bound = NumberOf(requirement.values.front());
      if (!have || !bound) return false;
      return requirement.op == Operator::kGreaterThan ? *have > *bound : *have < *bound;
    }
  }
  return false;
}

std::string Join(const std::vector<std::string>& values) {
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) out += (i == 0 ? "" : ",") + values[i];
  return out;
}

std::string ToText(const Requirement& requirement) {
  const std::string& key = requirement.key;
  const bool single = requirement.values.size() == 1;
  switch (requirement.op) {
    case Operator::kIn:
      return single ? key + "=" + requirement.values.front()
                    : key + " in (" + Join(requirement.values) + ")";
    case Operator::kNotIn:
      return single ? key + "!=" + requirement.values.front()
                    : key + " notin (" + Join(requirement.values) + ")";
    case Operator::kExists:
      return key;
    case Operator::kDoesNotExist:
      return "!" + key;
    case Operator::kGreaterThan:
      return key + ">" + requirement.values.front();
    case Operator::kLessThan:
      return key + "<" + requirement.values.front();
  }
  return key;
}

// Cuts a field selector's next term off `text`: up to a comma without a backslash before it.
std::string_view TakeTerm(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] != ',') end += text[end] == '\\' ? 2 : 1;
  const std::string_view term = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return term;
}

Result<std::string> Unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
      const bool known = i < text.size() && (text[i] == '\\' || text[i] == ',' || text[i] == '=');
      if (!known) {
        return BadRequest("invalid field selector: invalid escape sequence in \"" +
                          std::string(text) + "\"");
      }
    } else if (text[i] == '=') {
      return BadRequest("invalid field selector: unescaped character in value: =");
    }
    out += text[i];
  }
  return out;
}

Result<Requirement> ReadFieldTerm(std::string_view term, std::string_view selector) {
  const std::size_t equals = term.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return BadRequest("invalid selector: '" + std::string(selector) + "'; can't understand '" +
                      std::string(term) + "'");
  }
  const bool negated = term[equals - 1] == '!';
  std::string_view value = term.substr(equals + 1);
  if (!negated && value.starts_with('=')) value.remove_prefix(1);
  Requirement requirement;
  requirement.key = term.substr(0, negated ? equals - 1 : equals);
  requirement.op = negated ? Operator::kNotIn : Operator::kIn;
  NOIZY_ASSIGN_OR_RETURN(std::string unescaped, Unescape(value));
  requirement.values.push_back(std::move(unescaped));
  return requirement;
}

Result<Requirement> ReadExpression(const Value& expression) {
  Requirement requirement;
  requirement.key = StringAt(expression, {"key"});
  NOIZY_RETURN_IF_ERROR(CheckKey(requirement.key));
  const std::string_view op = StringAt(expression, {"operator"});
  if (op == "In") {
    requirement.op = Operator::kIn;
  } else if (op == "NotIn") {
    requirement.op = Operator::kNotIn;
  } else if (op == "Exists") {
    requirement.op = Operator::kExists;
  } else if (op == "DoesNotExist") {
    requirement.op = Operator::kDoesNotExist;
  } else {
    return BadRequest("\"" + std::string(op) + "\" is not a valid label selector operator");
  }
  if (const Array* values = ArrayAt(expression, {"values"})) {
    for (const Value& value : *values) {
      if (const auto* text = value.if_string()) requirement.values.emplace_back(View(*text));
    }
  }
  SortUnique(requirement.values);
  const bool wants_values = requirement.op == Operator::kIn || requirement.op == Operator::kNotIn;
  if (wants_values && requirement.values.empty()) {
    return BadRequest(
        "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty");
  }
  if (!wants_values && !requirement.values.empty()) {
    return BadRequest(
        "values: Invalid value: values set must be empty for exists and does not exist");
  }
  NOIZY_RETURN_IF_ERROR(CheckValues(requirement));
  return requirement;
}

}  // namespace

bool Selector::Matches(const KeyValues& labels) const {
  static const std::string kNone;
  for (const Requirement& requirement : requirements_) {
    const std::string* value = FindValue(labels, requirement.key);
    if (value == nullptr && absent_ == Absent::kIsEmpty) value = &kNone;
    if (!Holds(requirement, value)) return false;
  }
  return true;
}

std::string Selector::ToString() const {
  std::string out;
  for (const Requirement& requirement : requirements_) {
    out += (out.empty() ? "" : ",") + ToText(requirement);  // a requirement is never the empty text
  }
  return out;
}

Result<Selector> ParseLabelSelector(std::string_view text) {
  Lexer lexer(text);
  std::vector<Requirement> requirements;
  while (lexer.Peek().kind != Token::Kind::kEnd) {
    const Token::Kind kind = lexer.Peek().kind;
    if (kind != Token::Kind::kIdentifier && kind != Token::Kind::kNot) {
      return Unexpected(lexer.Peek(), "!, identifier, or 'end of string'");
    }
    Result<Requirement> requirement = ReadRequirement(lexer);
    if (!requirement) return requirement.status().WithContext("unable to parse requirement");
    requirements.push_back(*std::move(requirement));
    const Token after = lexer.Take();
    if (after.kind == Token::Kind::kEnd) break;
    if (after.kind != Token::Kind::kComma) return Unexpected(after, "',' or 'end of string'");
    const Token::Kind next = lexer.Peek().kind;
    if (next != Token::Kind::kIdentifier && next != Token::Kind::kNot) {
      return Unexpected(lexer.Peek(), "identifier after ','");
    }
  }
  return Selector(std::move(requirements));
}

Result<Selector> ParseFieldSelector(std::string_view text) {
  std::vector<Requirement> requirements;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view term = TakeTerm(rest);
    if (term.empty()) continue;
    NOIZY_ASSIGN_OR_RETURN(Requirement requirement, ReadFieldTerm(term, text));
    requirements.push_back(std::move(requirement));
  }
  return Selector(std::move(requirements), Selector::Absent::kIsEmpty);
}

Result<Selector> LabelSelectorOf(const Value& value) {
  std::vector<Requirement> requirements;
  if (const Object* labels = ObjectAt(value, {"matchLabels"})) {
    for (const auto& entry : *labels) {
      Requirement requirement;
      requirement.key = std::string_view(entry.key().data(), entry.key().size());
      requirement.op = Operator::kIn;
      const auto* text = entry.value().if_string();
      requirement.values.emplace_back(text == nullptr ? std::string_view() : View(*text));
      NOIZY_RETURN_IF_ERROR(CheckKey(requirement.key));
      NOIZY_RETURN_IF_ERROR(CheckValues(requirement));
      requirements.push_back(std::move(requirement));
    }
  }
  if (const Array* expressions = ArrayAt(value, {"matchExpressions"})) {
    for (const Value& expression : *expressions) {
      NOIZY_ASSIGN_OR_RETURN(Requirement requirement, ReadExpression(expression));
      requirements.push_back(std::move(requirement));
    }
  }
  return Selector(std::move(requirements));
}

KeyValues LabelsOf(const Value& object) {
  KeyValues out;
  const Object* labels = ObjectAt(object, {"metadata", "labels"});
  if (labels == nullptr) return out;
  out.reserve(labels->size());
  for (const auto& entry : *labels) {
    if (const auto* text = entry.value().if_string()) {
      out.emplace_back(std::string_view(entry.key().data(), entry.key().size()), View(*text));
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace noizy
