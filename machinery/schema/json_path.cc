#include <charconv>

#include "machinery/schema/discovery.h"

namespace noizy {
namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<double> NumberOf(const Value& value) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  if (value.is_double()) return value.get_double();
  return std::nullopt;
}

std::optional<std::int64_t> IntegerOf(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "Ready", 'Ready', 5, true.
Value LiteralOf(std::string_view text) {
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
      text.back() == text.front()) {
    return Value(text.substr(1, text.size() - 2));
  }
  if (text == "true" || text == "false") return Value(text == "true");
  if (const auto number = IntegerOf(text)) return Value(*number);
  double real = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), real);
  if (error == std::errc() && end == text.data() + text.size()) return Value(real);
  return Value(text);
}

bool Compare(const Value& left, std::string_view op, const Value& right) {
  if (op == "==") return Equal(left, right);
  if (op == "!=") return !Equal(left, right);
  const auto a = NumberOf(left);
  const auto b = NumberOf(right);
  if (!a || !b) return false;
  if (op == "<") return *a < *b;
  if (op == "<=") return *a <= *b;
  return op == ">" ? *a > *b : *a >= *b;
}

// Reads the expression from the left and keeps what is selected so far; a member that is missing
// selects nothing.
class PathWalker {
 public:
  PathWalker(std::string_view path, const Value& root)
      : path_(path), rest_(Trim(path)), selected_{&root} {}

  Result<std::vector<const Value*>> Walk() {
    if (rest_.starts_with('{') && rest_.ends_with('}'))
      rest_ = Trim(rest_.substr(1, rest_.size() - 2));
    if (rest_.starts_with('$') || rest_.starts_with('@')) rest_.remove_prefix(1);
    if (!rest_.empty() && rest_.front() != '.' && rest_.front() != '[') StepName();
    while (!rest_.empty() && ok_) {
      const char c = rest_.front();
      if (c == '.') {
        rest_.remove_prefix(1);
        // ".[0]" and a last "." are kubectl's spellings too.
        if (!rest_.empty() && rest_.front() != '[') StepName();
      } else if (c == '[') {
        StepBracket();
      } else {
        ok_ = false;
      }
    }
    if (!ok_)
      return BadRequest("\"" + std::string(path_) + "\" is not a JSONPath that columns can use");
    return std::move(selected_);
  }

 private:
  // Replaces what is selected by what `step` selects in each of it.
  template <typename Step>
  void Select(Step step) {
    std::vector<const Value*> next;
    for (const Value* value : selected_) step(*value, next);
    selected_ = std::move(next);
  }

  void StepName() {
    if (rest_.front() == '.') {
      ok_ = false;  // ".." searches at every depth, which columns cannot
      return;
    }
    std::size_t end = 0;
    bool escaped = false;
    while (end < rest_.size() && rest_[end] != '.' && rest_[end] != '[') {
      escaped = escaped || rest_[end] == '\\';
      end += rest_[end] == '\\' && end + 1 < rest_.size() ? 2 : 1;
    }
    const std::string_view name = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (name == "*") return SelectAll();
    SelectMember(escaped ? Unescape(name) : std::string(name));
  }

  static std::string Unescape(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (name[i] == '\\' && i + 1 < name.size()) ++i;
      out += name[i];
    }
    return out;
  }

  void SelectMember(const std::string& name) { SelectEach({name}); }

  void SelectEach(const std::vector<std::string>& names) {
    Select([&](const Value& value, std::vector<const Value*>& next) {
      const Object* object = value.if_object();
      for (const std::string& name : names) {
        const Value* member = object == nullptr ? nullptr : object->if_contains(name);
        if (member != nullptr) next.push_back(member);
      }
    });
  }

  // 'a' or 'a','b': quoted names, with commas between them.
  void SelectMembers(std::string_view quoted) {
    std::vector<std::string> names;
    while (true) {
      const char quote = quoted.empty() ? '\0' : quoted.front();
      const std::size_t end = quoted.find(quote, 1);
      ok_ = (quote == '\'' || quote == '"') && end != std::string_view::npos;
      if (!ok_) return;
      names.push_back(Unescape(quoted.substr(1, end - 1)));
      quoted = Trim(quoted.substr(end + 1));
      if (quoted.empty()) return SelectEach(names);
      ok_ = quoted.front() == ',';
      if (!ok_) return;
      quoted = Trim(quoted.substr(1));
    }
  }

  void SelectAll() {
    Select([](const Value& value, std::vector<const Value*>& next) {
      if (const Array* items = value.if_array()) {
        for (const Value& item : *items) next.push_back(&item);
      } else if (const Object* object = value.if_object()) {
        for (const auto& entry : *object) next.push_back(&entry.value());
      }
    });
  }

  void SelectItem(std::int64_t index) {
    Select([&](const Value& value, std::vector<const Value*>& next) {
      const Array* items = value.if_array();
      if (items == nullptr) return;
      const auto size = static_cast<std::int64_t>(items->size());
      const std::int64_t at = index < 0 ? index + size : index;
      if (at >= 0 && at < size) next.push_back(&(*items)[static_cast<std::size_t>(at)]);
    });
  }

  // The "]" that ends the bracket at the front: not one within quotes or within an inner bracket.
  std::size_t EndOfBracket() const {
    char quote = '\0';
    int depth = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '[') {
        ++depth;
      } else if (c == ']' && --depth == 0) {
        return i;
      }
    }
    return std::string_view::npos;
  }

  void StepBracket() {
    const std::size_t end = EndOfBracket();
    if (end == std::string_view::npos) {
      ok_ = false;
      return;
    }
    const std::string_view inside = Trim(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    if (inside == "*") return SelectAll();
    if (inside.starts_with("?(") && inside.ends_with(')')) {
      return StepFilter(Trim(inside.substr(2, inside.size() - 3)));
    }
    if (inside.starts_with('\'') || inside.starts_with('"')) return SelectMembers(inside);
    const auto index = IntegerOf(inside);
    if (!index) {
      ok_ = false;
      return;
    }
    SelectItem(*index);
  }

  // @.type=="Ready", or @.type alone: the items that have it.
  void StepFilter(std::string_view filter) {
    std::string_view left = filter;
    std::string_view op;
    std::string_view right;
    for (const std::string_view candidate : {"==", "!=", "<=", ">=", "<", ">"}) {
      const std::size_t at = filter.find(candidate);
      if (at == std::string_view::npos) continue;
      left = Trim(filter.substr(0, at));
      op = candidate;
      right = Trim(filter.substr(at + candidate.size()));
      break;
    }
    if (!left.starts_with('@')) {
      ok_ = false;
      return;
    }
    const Value wanted = LiteralOf(right);
    Select([&](const Value& value, std::vector<const Value*>& next) {
      const Array* items = value.if_array();
      if (items == nullptr) return;
      for (const Value& item : *items) {
        auto found = PathWalker(left, item).Walk();
        if (!found) {
          ok_ = false;
          return;
        }
        const bool holds = !found->empty() && (op.empty() || Compare(*found->front(), op, wanted));
        if (holds) next.push_back(&item);
      }
    });
  }

  std::string_view path_;
  std::string_view rest_;
  std::vector<const Value*> selected_;
  bool ok_ = true;
};

}  // namespace

Result<std::vector<const Value*>> EvaluateJsonPath(std::string_view json_path,
                                                   const Value& object) {
  return PathWalker(json_path, object).Walk();
}

}  // namespace noizy
