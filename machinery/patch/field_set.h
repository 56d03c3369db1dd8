// Sets of fields, as metadata.managedFields writes them (FieldsV1): who owns what is a set of paths
// into an object.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy {

/// A set of paths as a tree. A step of a path is an element in the wire's own words: `f:NAME` for a
/// member, `k:{"type":"Ready"}` for an item of a list with keys (its keys in order), `v:"a"` for an
/// item of a set, `i:3` for an item of any other list. A node that is in no path of the set does
/// not exist.
class FieldSet {
 public:
  /// Sorted by element.
  using Children = std::vector<std::pair<std::string, FieldSet>>;

  FieldSet() = default;
  /// The set that holds just the path to its own node: what a leaf is to its parent.
  static FieldSet Leaf();
  /// The set of what is below each element, in any order; equal elements are joined.
  static FieldSet Of(Children children);

  bool empty() const { return !member_ && children_.empty(); }
  /// Whether the path that leads to this node is in the set itself, not only paths below it.
  bool member() const { return member_; }
  const Children& children() const { return children_; }
  /// What is below `element`; null when nothing is.
  const FieldSet* Find(std::string_view element) const;

  void SetMember() { member_ = true; }
  void ClearMember() { member_ = false; }
  /// Puts `fields` below `element`, joined with what is there. An empty set adds nothing.
  void Add(std::string element, FieldSet fields);
  /// Removes everything at and below `element`.
  void Erase(std::string_view element);
  /// Keeps what is below `element` alone.
  void KeepOnly(std::string_view element);

  /// Adds the paths of `other`.
  void Join(const FieldSet& other);
  /// Removes the paths that `other` holds, not what is below them. True when there were any.
  bool Subtract(const FieldSet& other);
  /// The paths in both.
  FieldSet Common(const FieldSet& other) const;
  /// Every path as people read it (".spec.env[name=\"A\"].value"), in order.
  std::vector<std::string> Paths() const;

  bool operator==(const FieldSet&) const = default;

  /// FieldsV1. BadRequest for what is none.
  static Result<FieldSet> FromValue(const Value& fields_v1);
  Value ToValue() const;

 private:
  Children::iterator LowerBound(std::string_view element);
  void AppendPaths(const std::string& prefix, std::vector<std::string>& paths) const;

  bool member_ = false;
  Children children_;
};

/// "f:" + `name`.
std::string FieldElement(std::string_view name);

}  // namespace noizy
