// The kinds that the server has: its discovery documents, read in full.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/client/client.h"

namespace noizy::cli {

/// One kind, as the server tells of it.
struct ServedKind {
  ResourceRef resource;
  std::string kind;
  std::string singular;
  std::vector<std::string> short_names;
  std::vector<std::string> categories;
  std::vector<std::string> verbs;

  /// "noizy.dev/v1", "v1".
  std::string ApiVersion() const;
  bool HasVerb(std::string_view verb) const;
};

/// Immutable. In the server's order, the core group first: the first kind that a word fits is the
/// one it means, as with kubectl.
class ServedKinds {
 public:
  explicit ServedKinds(std::vector<ServedKind> kinds) : kinds_(std::move(kinds)) {}
  /// Asks the server: two requests when it has aggregated discovery, else one per group version.
  static Result<ServedKinds> Discover(const Client& client);

  const std::vector<ServedKind>& all() const { return kinds_; }
  /// "tasks", "task", a short name, "tasks.noizy.dev", "tasks.v1.noizy.dev", in any case. Null when
  /// there is none.
  const ServedKind* FindByWord(std::string_view word) const;
  /// By apiVersion and kind. Null when there is none.
  const ServedKind* FindByKind(std::string_view api_version, std::string_view kind) const;

 private:
  std::vector<ServedKind> kinds_;
};

}  // namespace noizy::cli
