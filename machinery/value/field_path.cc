#include "machinery/value/field_path.h"

#include <utility>

namespace noizy {

FieldPath FieldPath::Child(std::string_view member) const {
  std::string longer;
  longer.reserve(text_.size() + 1 + member.size());
  longer = text_;
  if (!longer.empty()) longer += '.';
  longer += member;
  return FieldPath(std::move(longer));
}

FieldPath FieldPath::Index(std::size_t index) const {
  return FieldPath(text_ + '[' + std::to_string(index) + ']');
}

FieldPath FieldPath::Key(std::string_view key) const {
  std::string longer;
  longer.reserve(text_.size() + 2 + key.size());
  longer = text_;
  longer += '[';
  longer += key;
  longer += ']';
  return FieldPath(std::move(longer));
}

}  // namespace noizy
