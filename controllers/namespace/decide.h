// The decision about a Namespace that is being deleted. Pure: no clock, no I/O, no randomness.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kinds/namespace.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"

namespace noizy::namespace_controller {

/// Among the spec.finalizers of every new Namespace (the API server's admission puts it there);
/// removed here when nothing is left in it. Kubernetes' own word, which its tools look for.
inline constexpr std::string_view kNamespaceFinalizer = "kubernetes";
/// Its place in databases of before: metadata.finalizers.
inline constexpr std::string_view kEarlierNamespaceFinalizer = "noizy.dev/namespace";

// While content remains, the Namespace is looked at again after a part of the time its deletion has
// taken so far, within these.
inline constexpr Duration kShortestInterval = std::chrono::milliseconds(100);
inline constexpr Duration kLongestInterval = std::chrono::seconds(10);

/// What the Namespace holds of one resource.
struct Content {
  ResourceRef resource;
  std::int64_t count = 0;
  std::int64_t not_yet_deleted = 0;                // of those, without a deletionTimestamp
  std::map<std::string, std::int64_t> finalizers;  // on how many each stands
};

/// All that the decision needs.
struct Observed {
  Namespace object;
  std::vector<Content> contents;  // resources of which there is something, in the server's order
  std::string discovery_failure;  // why the server's kinds could not be told; "": they could
  std::vector<std::string> content_failures;  // resources that could not be listed, and why
  WallTime now;
};

struct Plan {
  std::vector<ResourceRef> to_empty;
  /// The status to be, apart from what the deletions in `to_empty` may add.
  NamespaceStatus status;
  bool let_go = false;
  std::optional<Duration> look_again;
};

/// Whether the object waits for this controller before it may vanish.
bool IsHeld(const Namespace& object);
/// `object` without this controller's finalizers.
Namespace LetGo(Namespace object);

/// For an object that is being deleted and is held.
Plan Decide(const Observed& seen);

/// `status` after deletions that failed: each of `failures` is a resource and why.
NamespaceStatus WithFailures(NamespaceStatus status, const Observed& seen,
                             const std::vector<std::string>& failures);

}  // namespace noizy::namespace_controller
