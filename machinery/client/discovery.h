// Which kinds a server has: the discovery documents, read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/client/client.h"

namespace noizy {

/// One resource, as the server tells of it.
struct DiscoveredResource {
  ResourceRef resource;
  std::string kind;
  std::vector<std::string> verbs;

  /// "noizy.dev/v1", "v1".
  std::string ApiVersion() const;
  bool HasVerb(std::string_view verb) const;
};

/// All resources of a server, in its order: the core group first, each group's preferred version
/// before others.
class Discovery {
 public:
  Discovery() = default;
  explicit Discovery(std::vector<DiscoveredResource> resources)
      : resources_(std::move(resources)) {}

  /// Two requests (aggregated discovery). ServiceUnavailable names the group whose resources the
  /// server cannot tell now ("Stale").
  static Result<Discovery> Fetch(const Client& client);

  const std::vector<DiscoveredResource>& resources() const { return resources_; }
  /// By apiVersion ("noizy.dev/v1") and kind, as manifests and owner references tell. Null when
  /// there is none.
  const DiscoveredResource* FindByKind(std::string_view api_version, std::string_view kind) const;

 private:
  std::vector<DiscoveredResource> resources_;
};

}  // namespace noizy
