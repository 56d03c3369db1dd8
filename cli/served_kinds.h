// The kinds that the server has, and the words people call them by.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/client/client.h"
#include "machinery/meta/meta.h"

namespace noizy::cli {

struct ServedKind {
  ResourceRef resource;
  std::string kind;
  std::string singular;
  std::vector<std::string> short_names;
  std::vector<std::string> categories;
  std::vector<std::string> verbs;

  bool Can(std::string_view verb) const;
  /// "task.noizy.dev/a".
  std::string Shown(std::string_view name) const;
};

/// Immutable. Groups come in the server's order, the core group first: the first that knows a word
/// wins, as in kubectl.
class ServedKinds {
 public:
  explicit ServedKinds(std::vector<ServedKind> kinds) : kinds_(std::move(kinds)) {}
  /// Asks the server: two requests when it has aggregated discovery, else one per group version.
  static Result<ServedKinds> Discover(const Client& client);

  /// "tasks", "task", "Task", a short name, "tasks.noizy.dev", "tasks.v1.noizy.dev"; NotFound says
  /// how to see what there is.
  Result<ServedKind> ByWord(std::string_view word) const;
  /// The kind of an object; NotFound says that its definition may have to be applied first.
  Result<ServedKind> ByGroupVersionKind(const GroupVersionKind& wanted) const;
  /// Those that say they belong to a category such as "all"; they can all be listed.
  std::vector<ServedKind> ByCategory(std::string_view category) const;
  const std::vector<ServedKind>& all() const { return kinds_; }

 private:
  std::vector<ServedKind> kinds_;
};

}  // namespace noizy::cli
