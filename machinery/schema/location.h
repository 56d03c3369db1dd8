// Where a walk through a value stands, as links on the stack: no text is made unless somebody asks
// for it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "machinery/value/field_path.h"

namespace noizy {

/// A step down from `parent`: a member or an item. Lives on the walker's stack; names must outlive
/// it.
class Location {
 public:
  /// The start of a walk, standing at `path`.
  explicit Location(const FieldPath& path) : path_(&path) {}
  Location(const Location& parent, std::string_view member) : parent_(&parent), member_(member) {}
  Location(const Location& parent, std::size_t index)
      : parent_(&parent), index_(index), is_item_(true) {}

  /// "spec.env[0].name".
  FieldPath ToPath() const {
    if (parent_ == nullptr) return *path_;
    const FieldPath above = parent_->ToPath();
    return is_item_ ? above.Index(index_) : above.Child(member_);
  }

 private:
  const Location* parent_ = nullptr;
  const FieldPath* path_ = nullptr;
  std::string_view member_;
  std::size_t index_ = 0;
  bool is_item_ = false;
};

}  // namespace noizy
