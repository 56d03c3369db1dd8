#include "tests/fakes/widget.h"

namespace noizy {
namespace {

ObjectMeta MetadataOf(const Value& value) {
  const Value* metadata = Find(value, {"metadata"});
  return metadata == nullptr ? ObjectMeta() : ObjectMeta::FromValue(*metadata);
}

Condition ConditionFrom(const Value& value) {
  const auto text = [&value](std::string_view member) {
    return std::string(StringAt(value, {member}));
  };
  return {text("type"),
          text("status"),
          text("reason"),
          text("message"),
          text("lastTransitionTime"),
          IntAt(value, {"observedGeneration"}).value_or(0)};
}

Value ValueOf(const Condition& condition) {
  return Object{{"type", condition.type},
                {"status", condition.status},
                {"reason", condition.reason},
                {"message", condition.message},
                {"lastTransitionTime", condition.last_transition_time},
                {"observedGeneration", condition.observed_generation}};
}

Value Envelope(std::string_view kind, const ObjectMeta& metadata, std::int64_t size) {
  return Object{{"apiVersion", "test.noizy.dev/v1"},
                {"kind", kind},
                {"metadata", metadata.ToValue()},
                {"spec", Object{{"size", size}}}};
}

}  // namespace

Result<Widget> Widget::FromValue(const Value& value) {
  if (Find(value, {"spec"}) == nullptr) return BadRequest("a Widget without a spec");
  Widget widget;
  widget.metadata = MetadataOf(value);
  widget.size = IntAt(value, {"spec", "size"}).value_or(0);
  if (const Array* conditions = ArrayAt(value, {"status", "conditions"})) {
    for (const Value& condition : *conditions)
      widget.conditions.push_back(ConditionFrom(condition));
  }
  return widget;
}

Value Widget::ToValue() const {
  Value value = Envelope(kKind, metadata, size);
  Array array;
  for (const Condition& condition : conditions) array.push_back(ValueOf(condition));
  if (!array.empty()) Set(value, {"status", "conditions"}, std::move(array));
  return value;
}

Result<Gadget> Gadget::FromValue(const Value& value) {
  return Gadget{MetadataOf(value), IntAt(value, {"spec", "size"}).value_or(0)};
}

Value Gadget::ToValue() const {
  return Envelope(kKind, metadata, size);
}

Value MakeWidget(std::string_view ns, std::string_view name, std::int64_t size) {
  Widget widget;
  widget.metadata.ns = ns;
  widget.metadata.name = name;
  widget.size = size;
  return widget.ToValue();
}

}  // namespace noizy
