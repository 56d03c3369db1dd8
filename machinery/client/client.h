// The API client: verbs, list and watch over an HttpTransport, which is HTTPS or the same process.
// Controllers, the CLI and tests reach state only through it. Requests are built as Kubernetes' own
// clients build them.
//
//   client.h typed.h   verbs over Values, and over generated kinds
//   discovery.h        which kinds the server has
//   kubeconfig.h       where the server is and who we are
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/meta/meta.h"
#include "machinery/transport/http.h"
#include "machinery/value/value.h"

namespace noizy {

/// Where a kind lives in the REST tree.
struct ResourceRef {
  std::string group;
  std::string version;
  std::string plural;
  bool namespaced = true;

  /// "/apis/noizy.dev/v1/namespaces/default/tasks/a", "/api/v1/namespaces"; "" for ns or name
  /// leaves that part out.
  std::string Path(std::string_view ns, std::string_view name,
                   std::string_view subresource = {}) const;
  /// "tasks.noizy.dev", "namespaces": how errors name it.
  std::string Resource() const;

  auto operator<=>(const ResourceRef&) const = default;
};

enum class PatchType : std::uint8_t { kJson, kMerge, kStrategicMerge, kApply };

// Options have defaults throughout, so that callers name what they mean: {.field_manager =
// "noizy"}.
struct WriteOptions {
  std::string field_manager = {};
  bool dry_run = false;
  /// "", Ignore, Warn or Strict.
  std::string field_validation = {};
  bool force = false;  // apply only
};

struct DeleteOptions {
  std::string uid = {};               // precondition
  std::string resource_version = {};  // precondition
  /// "", Background, Foreground or Orphan.
  std::string propagation_policy = {};
  std::optional<std::int64_t> grace_period_seconds = {};
  bool dry_run = false;
};

/// One patch of a batch.
struct PatchCall {
  ResourceRef resource;
  ObjectKey key;
  PatchType type = PatchType::kMerge;
  Value patch;
  std::string subresource = {};
};

/// One creation of a batch.
struct CreateCall {
  ResourceRef resource;
  std::string ns;
  Value object;
};

/// What a list, a watch or a delete of many covers, and how it is sent.
struct ListQuery {
  std::string label_selector = {};
  std::string field_selector = {};
  std::int64_t limit = 0;
  std::string continue_token = {};
  std::string resource_version = {};
  /// Ask for PartialObjectMetadata: objects with apiVersion, kind and metadata alone.
  bool metadata_only = false;
  /// Watch only: the server ends it after about this long; 0: when the server likes.
  std::int64_t timeout_seconds = 0;
};

struct ObjectList {
  std::vector<Value> items;  // each with apiVersion and kind
  std::string resource_version;
  std::string continue_token;
  /// How many objects stand behind the last item, as far as the server tells.
  std::int64_t remaining_item_count = 0;
};

struct WatchEvent {
  enum class Type : std::uint8_t { kAdded, kModified, kDeleted, kBookmark };
  Type type = Type::kAdded;
  Value object;
};

/// What the server said beside the object. Called on the caller's thread, before the call returns.
using WarningHandler = std::function<void(std::string_view)>;

struct ClientOptions {
  /// How long one call may take, but for Watch, which may last for ever.
  std::chrono::milliseconds timeout{30'000};
  WarningHandler on_warning;
};

/// Calls block until the reply; thread-safe. Errors are the server's Status, or the transport's.
class Client {
 public:
  explicit Client(std::shared_ptr<HttpTransport> transport, ClientOptions options = {})
      : transport_(std::move(transport)), options_(std::move(options)) {}

  Result<Value> Get(const ResourceRef& resource, const ObjectKey& key) const;
  Result<ObjectList> List(const ResourceRef& resource, std::string_view ns,
                          const ListQuery& query = {}) const;
  Result<Value> Create(const ResourceRef& resource, std::string_view ns, const Value& object,
                       const WriteOptions& options = {}) const;
  Result<Value> Update(const ResourceRef& resource, const ObjectKey& key, const Value& object,
                       const WriteOptions& options = {}, std::string_view subresource = {}) const;
  Result<Value> UpdateStatus(const ResourceRef& resource, const ObjectKey& key, const Value& object,
                             const WriteOptions& options = {}) const;
  Result<Value> Patch(const ResourceRef& resource, const ObjectKey& key, PatchType type,
                      const Value& patch, const WriteOptions& options = {},
                      std::string_view subresource = {}) const;
  /// Patches that do not depend on each other, sent side by side; what became of each, in their
  /// order.
  std::vector<Status> PatchAll(const std::vector<PatchCall>& calls,
                               const WriteOptions& options = {}) const;
  /// PatchAll without waiting, where the transport can (transport/pipelined.h): then `done` is told
  /// later, once, from any thread, and nothing is returned. Else what PatchAll returns.
  std::optional<std::vector<Status>> PatchAllLater(
      const std::vector<PatchCall>& calls, const WriteOptions& options,
      std::function<void(std::vector<Status>)> done) const;
  /// PatchAll of creations.
  std::vector<Status> CreateAll(const std::vector<CreateCall>& calls,
                                const WriteOptions& options = {}) const;
  /// Patches of which all are made, in one commit, or none. Where it is another one that was
  /// refused, a patch's own status is a Conflict. Needs an API server that is noizy's.
  std::vector<Status> PatchTogether(const std::vector<PatchCall>& calls,
                                    const WriteOptions& options = {}) const;
  /// The object's last or present state, or the server's Status object.
  Result<Value> Delete(const ResourceRef& resource, const ObjectKey& key,
                       const DeleteOptions& options = {}) const;
  /// Deletes all that `query` selects in one call; the reply is not looked into.
  Status DeleteCollection(const ResourceRef& resource, std::string_view ns,
                          const ListQuery& query = {}, const DeleteOptions& options = {}) const;

  /// Feeds events after `query.resource_version` to `on_event` until it returns false, `cancelled`
  /// does (or becomes) true, or the server ends the watch (Ok: resume from the last
  /// resourceVersion). Expired: list again. Blocks. Bookmarks are asked for.
  Status Watch(const ResourceRef& resource, std::string_view ns, const ListQuery& query,
               const std::function<bool(WatchEvent)>& on_event,
               const std::function<bool()>& cancelled) const;
  Status Watch(const ResourceRef& resource, std::string_view ns, const ListQuery& query,
               const std::function<bool(WatchEvent)>& on_event,
               const std::atomic<bool>& cancelled) const {
    return Watch(resource, ns, query, on_event, [&cancelled] { return cancelled.load(); });
  }

  /// A GET of any path, with its query if it has one; the reply's text. Non-2xx replies are errors.
  Result<std::string> GetRaw(std::string_view path,
                             std::string_view accept = "application/json") const;

  HttpTransport& transport() const { return *transport_; }

 private:
  Result<HttpReply> Send(const HttpRequest& request) const;
  std::vector<Status> SendAll(const std::vector<HttpRequest>& requests) const;
  Result<Value> SendForObject(const HttpRequest& request) const;
  void TellWarnings(const HttpHeaders& headers) const;

  std::shared_ptr<HttpTransport> transport_;
  ClientOptions options_;
};

/// The Status object of a failed reply, or one made from its code. A Retry-After header fills
/// details.retry_after_seconds.
Status StatusOfReply(const HttpReply& reply);

/// The texts of an HTTP Warning header's values (RFC 7234 §5.5: 299 - "text"), unquoted.
std::vector<std::string> WarningsOf(const HttpHeaders& headers);

}  // namespace noizy
