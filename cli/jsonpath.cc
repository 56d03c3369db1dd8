#include "cli/jsonpath.h"

#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

using Values = std::vector<const Value*>;

void TakeStep(const JsonPathStep& step, const Value& value, const Value& root, Values& out);

Values Select(const JsonPath& path, const Value& root, const Value& current) {
  Values values{path.from_root ? &root : &current};
  for (const JsonPathStep& step : path.steps) {
    Values next;
    for (const Value* value : values) TakeStep(step, *value, root, next);
    values = std::move(next);
  }
  return values;
}

void Descend(const Value& value, Values& out) {
  out.push_back(&value);
  if (const Object* object = value.if_object()) {
    for (const auto& member : *object) Descend(member.value(), out);
  } else if (const Array* array = value.if_array()) {
    for (const Value& element : *array) Descend(element, out);
  }
}

void TakeAll(const Value& value, Values& out) {
  if (const Object* object = value.if_object()) {
    for (const auto& member : *object) out.push_back(&member.value());
  } else if (const Array* array = value.if_array()) {
    for (const Value& element : *array) out.push_back(&element);
  }
}

void TakeSlice(const JsonPathStep& step, const Array& array, Values& out) {
  const auto size = static_cast<std::int64_t>(array.size());
  const auto clamp = [size](std::int64_t index) {
    return std::clamp(index < 0 ? index + size : index, std::int64_t{0}, size);
  };
  const std::int64_t last = clamp(step.last.value_or(size));
  for (std::int64_t i = clamp(step.first.value_or(0)); i < last; i += step.stride) {
    out.push_back(&array[static_cast<std::size_t>(i)]);
  }
}

void TakeIndex(std::int64_t index, const Array& array, Values& out) {
  const auto size = static_cast<std::int64_t>(array.size());
  if (index < 0) index += size;
  if (index >= 0 && index < size) out.push_back(&array[static_cast<std::size_t>(index)]);
}

/// -1, 0 or 1; empty when the two cannot be ordered.
std::optional<int> Compare(const Value& a, const Value& b) {
  if (a.is_string() && b.is_string()) {
    const int order = a.get_string().compare(b.get_string());
    return order < 0 ? -1 : order > 0 ? 1 : 0;
  }
  if (!a.is_number() || !b.is_number()) return std::nullopt;
  const auto x = a.to_number<double>();
  const auto y = b.to_number<double>();
  return x < y ? -1 : x > y ? 1 : 0;
}

bool Holds(const JsonPathFilter& filter, const Value& element, const Value& root) {
  const auto evaluate = [&](const JsonPathOperand& operand) {
    return operand.path ? Select(*operand.path, root, element) : Values{&operand.literal};
  };
  const Values left = evaluate(filter.left);
  if (filter.op.empty()) return !left.empty();
  const Values right = evaluate(filter.right);
  if (left.size() != 1 || right.size() != 1) return false;
  if (filter.op == "==") return Equal(*left[0], *right[0]);
  if (filter.op == "!=") return !Equal(*left[0], *right[0]);
  const std::optional<int> order = Compare(*left[0], *right[0]);
  if (!order) return false;
  if (filter.op == "<") return *order < 0;
  if (filter.op == "<=") return *order <= 0;
  return filter.op == ">" ? *order > 0 : *order >= 0;
}

void TakeFiltered(const JsonPathFilter& filter, const Value& value, const Value& root,
                  Values& out) {
  Values candidates;
  TakeAll(value, candidates);
  for (const Value* candidate : candidates) {
    if (Holds(filter, *candidate, root)) out.push_back(candidate);
  }
}

void TakeStep(const JsonPathStep& step, const Value& value, const Value& root, Values& out) {
  const Array* array = value.if_array();
  switch (step.kind) {
    case JsonPathStep::Kind::kField:
      if (const Value* member = Find(value, {step.name})) out.push_back(member);
      return;
    case JsonPathStep::Kind::kWildcard:
      TakeAll(value, out);
      return;
    case JsonPathStep::Kind::kDescend:
      Descend(value, out);
      return;
    case JsonPathStep::Kind::kFilter:
      TakeFiltered(*step.filter, value, root, out);
      return;
    case JsonPathStep::Kind::kIndex:
      if (array != nullptr) TakeIndex(*step.first, *array, out);
      return;
    case JsonPathStep::Kind::kSlice:
      if (array != nullptr) TakeSlice(step, *array, out);
      return;
    case JsonPathStep::Kind::kUnion:
      for (const JsonPathStep& branch : step.branches) TakeStep(branch, value, root, out);
      return;
  }
}

}  // namespace

std::vector<const Value*> SelectByPath(const JsonPath& path, const Value& root) {
  return Select(path, root, root);
}

std::string BareText(const Value& value) {
  return value.is_string() ? std::string(View(value.get_string())) : ToJson(value);
}

void JsonPathTemplate::RenderSegments(std::string& out, std::size_t from, std::size_t to,
                                      const Value& root, const Value& current) const {
  for (std::size_t i = from; i < to; ++i) {
    const Segment& segment = segments_[i];
    if (segment.kind == Segment::Kind::kText) {
      out += segment.text;
    } else if (segment.kind == Segment::Kind::kPath) {
      bool first = true;
      for (const Value* value : Select(segment.path, root, current)) {
        if (!first) out += ' ';
        first = false;
        out += BareText(*value);
      }
    } else if (segment.kind == Segment::Kind::kRange) {
      for (const Value* value : Select(segment.path, root, current)) {
        RenderSegments(out, i + 1, segment.end, root, *value);
      }
      i = segment.end;
    }
  }
}

std::string JsonPathTemplate::Render(const Value& root) const {
  std::string out;
  RenderSegments(out, 0, segments_.size(), root, root);
  return out;
}

}  // namespace noizy::cli
