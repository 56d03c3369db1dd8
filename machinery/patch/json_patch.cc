#include <charconv>
#include <optional>
#include <vector>

#include "machinery/patch/patch.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

/// A JSON Pointer (RFC 6901), unescaped.
using Pointer = std::vector<std::string>;

struct Operation {
  enum class Kind : std::uint8_t { kAdd, kRemove, kReplace, kMove, kCopy, kTest };
  Kind kind = Kind::kTest;
  std::string path_text;
  Pointer path;
  Pointer from;
  const Value* value = nullptr;
};

Status Misfit(const Operation& operation, const std::string& why) {
  const std::string field =
      operation.path_text.empty() ? "(the whole document)" : operation.path_text;
  return Status(StatusReason::kInvalid,
                "the JSON patch does not fit the object: " + field + ": " + why);
}

Result<Pointer> ParsePointer(std::string_view text) {
  Pointer pointer;
  if (text.empty()) return pointer;
  if (text[0] != '/')
    return BadRequest("\"" + std::string(text) + "\" is no JSON pointer: it must begin with /");
  std::string token;
  for (std::size_t at = 1; at <= text.size(); ++at) {
    if (at == text.size() || text[at] == '/') {
      pointer.push_back(std::move(token));
      token.clear();
    } else if (text[at] != '~') {
      token += text[at];
    } else {
      const char escape = at + 1 < text.size() ? text[at + 1] : ' ';
      if (escape != '0' && escape != '1') {
        return BadRequest("\"" + std::string(text) + "\" is no JSON pointer: ~ must be ~0 or ~1");
      }
      token += escape == '0' ? '~' : '/';
      ++at;
    }
  }
  return pointer;
}

std::optional<Operation::Kind> KindOf(std::string_view name) {
  static constexpr std::pair<std::string_view, Operation::Kind> kKinds[] = {
      {"add", Operation::Kind::kAdd},         {"remove", Operation::Kind::kRemove},
      {"replace", Operation::Kind::kReplace}, {"move", Operation::Kind::kMove},
      {"copy", Operation::Kind::kCopy},       {"test", Operation::Kind::kTest}};
  for (const auto& [known, kind] : kKinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

Result<Pointer> PointerMember(const Value& operation, std::string_view member) {
  const Value* text = Find(operation, {member});
  if (text == nullptr || !text->is_string()) {
    return BadRequest("wants a \"" + std::string(member) + "\" that is a string");
  }
  return ParsePointer(View(text->get_string()));
}

Result<Operation> ReadOperation(const Value& value) {
  const std::string_view name = StringAt(value, {"op"});
  const std::optional<Operation::Kind> kind = KindOf(name);
  if (!kind) return BadRequest("has the unknown op \"" + std::string(name) + "\"");
  Operation operation;
  operation.kind = *kind;
  NOIZY_ASSIGN_OR_RETURN(operation.path, PointerMember(value, "path"));
  operation.path_text = StringAt(value, {"path"});
  if (*kind == Operation::Kind::kMove || *kind == Operation::Kind::kCopy) {
    NOIZY_ASSIGN_OR_RETURN(operation.from, PointerMember(value, "from"));
  } else if (*kind != Operation::Kind::kRemove) {
    operation.value = Find(value, {"value"});
    if (operation.value == nullptr) return BadRequest("wants a \"value\"");
  }
  return operation;
}

/// An array index as RFC 6901 writes it: no sign, no leading zeros.
std::optional<std::size_t> ParseIndex(std::string_view token) {
  std::size_t index = 0;
  const auto read = std::from_chars(token.data(), token.data() + token.size(), index);
  const bool whole = read.ec == std::errc() && read.ptr == token.data() + token.size();
  if (!whole || (token.size() > 1 && token[0] == '0')) return std::nullopt;
  return index;
}

Value* Step(Value& at, const std::string& token) {
  if (Object* object = at.if_object()) return object->if_contains(token);
  if (Array* array = at.if_array()) {
    const std::optional<std::size_t> index = ParseIndex(token);
    if (index && *index < array->size()) return &(*array)[*index];
  }
  return nullptr;
}

/// The value at the first `count` tokens of `pointer`; null when it is not there.
Value* Locate(Value& document, const Pointer& pointer, std::size_t count) {
  Value* at = &document;
  for (std::size_t i = 0; at != nullptr && i < count; ++i) at = Step(*at, pointer[i]);
  return at;
}

bool DeeperThan(const Value& value, std::size_t levels) {
  const auto too_deep = [levels](const Value& part) { return DeeperThan(part, levels - 1); };
  if (value.is_structured() && levels == 0) return true;
  if (const Object* object = value.if_object()) {
    return std::any_of(object->begin(), object->end(),
                       [&](const auto& member) { return too_deep(member.value()); });
  }
  const Array* array = value.if_array();
  return array != nullptr && std::any_of(array->begin(), array->end(), too_deep);
}

/// A value put at the operation's path must not nest the document deeper than a parser would read
/// it back.
Status CheckDepth(const Operation& operation, const Value& value) {
  const std::size_t above = operation.path.size();
  if (above <= kMaxDocumentDepth && !DeeperThan(value, kMaxDocumentDepth - above))
    return Status::Ok();
  return Misfit(operation, "the object would be nested deeper than " +
                               std::to_string(kMaxDocumentDepth) + " levels");
}

/// Applies operations one by one to a document, watching its growth.
class Patcher {
 public:
  explicit Patcher(Value& document) : document_(document) {}

  Status Apply(const Operation& operation) {
    switch (operation.kind) {
      case Operation::Kind::kAdd:
        return Add(operation, *operation.value);
      case Operation::Kind::kRemove:
        return Take(operation, operation.path).status();
      case Operation::Kind::kReplace:
        return Replace(operation);
      case Operation::Kind::kMove:
        return Move(operation);
      case Operation::Kind::kCopy:
        return Copy(operation);
      case Operation::Kind::kTest:
        return Test(operation);
    }
    return Status::Ok();
  }

 private:
  Status Add(const Operation& operation, Value value) {
    const Pointer& path = operation.path;
    NOIZY_RETURN_IF_ERROR(CheckDepth(operation, value));
    if (path.empty()) {
      document_ = std::move(value);
      return Status::Ok();
    }
    Value* parent = Locate(document_, path, path.size() - 1);
    if (parent == nullptr) return Misfit(operation, "the parent of the path is missing");
    if (Object* object = parent->if_object()) {
      (*object)[path.back()] = std::move(value);
      return Status::Ok();
    }
    Array* array = parent->if_array();
    if (array == nullptr)
      return Misfit(operation, "the parent of the path is neither object nor array");
    const std::optional<std::size_t> index =
        path.back() == "-" ? array->size() : ParseIndex(path.back());
    if (!index || *index > array->size()) return Misfit(operation, "the array has no such place");
    array->insert(array->begin() + *index, std::move(value));
    return Status::Ok();
  }

  /// Removes what is at `path` and returns it.
  Result<Value> Take(const Operation& operation, const Pointer& path) {
    Value* at = Locate(document_, path, path.size());
    if (at == nullptr) return Misfit(operation, "there is nothing to remove");
    Value taken = std::move(*at);
    if (path.empty()) {
      document_ = nullptr;
      return taken;
    }
    Value& parent = *Locate(document_, path, path.size() - 1);
    if (Object* object = parent.if_object()) {
      object->stable_erase(path.back());
    } else {
      parent.get_array().erase(parent.get_array().begin() + *ParseIndex(path.back()));
    }
    return taken;
  }

  Status Replace(const Operation& operation) {
    Value* at = Locate(document_, operation.path, operation.path.size());
    if (at == nullptr) return Misfit(operation, "there is nothing to replace");
    NOIZY_RETURN_IF_ERROR(CheckDepth(operation, *operation.value));
    *at = *operation.value;
    return Status::Ok();
  }

  Status Move(const Operation& operation) {
    const Pointer& from = operation.from;
    const Pointer& to = operation.path;
    if (Locate(document_, from, from.size()) == nullptr) {
      return Misfit(operation, "there is nothing at \"from\" to move");
    }
    if (from == to) return Status::Ok();
    if (from.size() < to.size() && std::equal(from.begin(), from.end(), to.begin())) {
      return Misfit(operation, "a value cannot be moved into itself");
    }
    NOIZY_ASSIGN_OR_RETURN(Value moved, Take(operation, from));
    return Add(operation, std::move(moved));
  }

  /// Only copies let a short patch make a long document: each is charged with what it adds.
  Status Copy(const Operation& operation) {
    const Value* source = Locate(document_, operation.from, operation.from.size());
    if (source == nullptr) return Misfit(operation, "there is nothing at \"from\" to copy");
    copied_bytes_ += ToJson(*source).size();
    if (copied_bytes_ > kMaxPatchedBytes) {
      return Status(
          StatusReason::kRequestEntityTooLarge,
          "the JSON patch copies more than " + std::to_string(kMaxPatchedBytes) + " bytes");
    }
    return Add(operation, *source);
  }

  Status Test(const Operation& operation) {
    const Value* at = Locate(document_, operation.path, operation.path.size());
    if (at == nullptr) return Misfit(operation, "there is nothing to test");
    if (!Equal(*at, *operation.value))
      return Misfit(operation, "the test failed: the value is another");
    return Status::Ok();
  }

  Value& document_;
  std::size_t copied_bytes_ = 0;
};

}  // namespace

Status ApplyJsonPatch(Value& document, const Value& operations) {
  const Array* list = operations.if_array();
  if (list == nullptr) return BadRequest("a JSON patch must be an array of operations");
  if (list->size() > kMaxJsonPatchOperations) {
    return Status(StatusReason::kRequestEntityTooLarge,
                  "a JSON patch may hold " + std::to_string(kMaxJsonPatchOperations) +
                      " operations, this one has " + std::to_string(list->size()));
  }
  // What is malformed is said before what does not fit: the whole patch is read first.
  std::vector<Operation> steps;
  steps.reserve(list->size());
  for (const Value& value : *list) {
    Result<Operation> step = ReadOperation(value);
    if (!step.ok()) {
      return step.status().WithContext("operation " + std::to_string(steps.size()) +
                                       " of the JSON patch");
    }
    steps.push_back(*std::move(step));
  }
  Value patched = document;
  Patcher patcher(patched);
  for (const Operation& step : steps) NOIZY_RETURN_IF_ERROR(patcher.Apply(step));
  document = std::move(patched);
  return Status::Ok();
}

}  // namespace noizy
