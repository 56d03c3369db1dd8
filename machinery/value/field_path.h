// Paths to fields as Kubernetes prints them in error causes: spec.env[0].name, metadata.labels[app.kubernetes.io/name].
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace noizy {

/// Immutable; Child and Index return longer paths.
class FieldPath {
 public:
  FieldPath() = default;
  explicit FieldPath(std::string text) : text_(std::move(text)) {}

  FieldPath Child(std::string_view member) const;
  FieldPath Index(std::size_t index) const;
  /// A map's key, always in brackets.
  FieldPath Key(std::string_view key) const;

  bool empty() const { return text_.empty(); }
  const std::string& ToString() const { return text_; }

 private:
  std::string text_;
};

}  // namespace noizy
