// A model server of this machine, and questions about itself to it. Whoever listens there may be
// anything: what it answers is bounded in size and time.
#pragma once

#include <functional>
#include <string>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy::nodeagent {

/// Speaks OpenAI's API.
struct ModelServer {
  std::string url;
  std::string api_key;

  bool operator==(const ModelServer&) const = default;
};

/// The longest that one question to a server takes.
inline constexpr Duration kServerPatience = std::chrono::seconds(1);

/// BadRequest for a URL that would not be asked: http beyond this machine, a link-local address.
Status CheckModelServer(const ModelServer& server);

/// The body of a reply of 200 to GET `path`, at most 1 MiB. `path` is below /v1 where the URL has
/// no path of its own: "/models"; or beside it, as "/metrics" is: `place`. Blocks for
/// kServerPatience at most; `cancelled` is asked meanwhile.
enum class PathPlace { kWithinApi, kBesideApi };
Result<std::string> GetFrom(const ModelServer& server, const std::string& path, PathPlace place,
                            const std::function<bool()>& cancelled);

}  // namespace noizy::nodeagent
