#include "machinery/value/string_array.h"

namespace noizy {

std::vector<std::string> StringsAt(const Value& root, ValuePath path) {
  std::vector<std::string> texts;
  const Array* items = ArrayAt(root, path);
  if (items == nullptr) return texts;
  for (const Value& item : *items) {
    if (const auto* text = item.if_string()) texts.emplace_back(View(*text));
  }
  return texts;
}

Array StringArray(std::span<const std::string> texts) {
  Array items;
  items.reserve(texts.size());
  for (const std::string& text : texts) items.emplace_back(std::string_view(text));
  return items;
}

}  // namespace noizy
