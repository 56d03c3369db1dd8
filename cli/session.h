// A command's connection: the kubeconfig's server, its client, what it serves.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/environment.h"
#include "cli/flags.h"
#include "cli/served_kinds.h"
#include "machinery/base/status.h"
#include "machinery/client/client.h"

namespace noizy::cli {

/// One thread.
class Session {
 public:
  /// By --kubeconfig, $NOIZYCONFIG, $KUBECONFIG or ~/.noizy/kubeconfig, and --context; -n wins over
  /// the context's namespace. Nothing is sent yet.
  static Result<std::unique_ptr<Session>> Open(const Environment& environment,
                                               const FlagValues& flags);

  const Client& client() const { return *client_; }
  /// Where namespaced objects are, unless they say otherwise.
  const std::string& ns() const { return ns_; }
  /// Whether -n was given.
  bool ns_given() const { return ns_given_; }
  const std::string& server() const { return server_; }

  /// Asked once; Refresh asks again, after a definition was applied.
  Result<const ServedKinds*> discovery();
  void Refresh() { discovery_.reset(); }

  /// GET of a path with a query; the reply parsed.
  Result<Value> GetValue(const std::string& path,
                         std::string_view accept = "application/json") const;

 private:
  std::shared_ptr<HttpTransport> transport_;
  std::unique_ptr<Client> client_;
  std::string ns_;
  bool ns_given_ = false;
  std::string server_;
  std::optional<ServedKinds> discovery_;
};

/// What a streamed GET gives.
struct TextStream {
  std::function<bool(std::string_view piece)> on_piece;  // false: enough
  std::function<bool()> cancelled;
};

/// GETs `path` and feeds the body as it comes. A reply other than 2xx is its Status. Ok when the
/// server ended the body, or the receiver did.
Status StreamGet(const Session& session, const std::string& path, std::string_view accept,
                 const TextStream& stream);

/// What a watch tells: "ADDED", "MODIFIED", "DELETED", "BOOKMARK" and the object (or Table).
struct WatchFeed {
  std::function<bool(std::string_view type, const Value& object)> on_event;  // false: enough
  std::function<bool()> cancelled;
};

/// Watches a path that has "watch=true" in its query. Expired when the server's history no longer
/// reaches back.
Status WatchPath(const Session& session, const std::string& path, std::string_view accept,
                 const WatchFeed& feed);

/// Appends "name=value" to a query, percent-encoded; nothing for an empty value.
void AddParameter(std::string& query, std::string_view name, std::string_view value);
/// "path?query", or the path alone.
std::string WithQuery(std::string path, const std::string& query);

}  // namespace noizy::cli
