// An API server in memory, for tests of what talks to one: the verbs, resourceVersions, watches,
// finalizers and refusals of the real server, without schemas, admission, authorisation or disks.
//
// It is reached over HttpTransport, so the client's requests are built and read as in production.
// What it does not do: validate, default, prune, apply with managed fields (an apply is a create or
// a merge patch), strategic merge patches (415, as for custom kinds), paging.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/mutex.h"
#include "machinery/client/client.h"
#include "machinery/controller/informer.h"
#include "machinery/transport/http.h"

namespace noizy {

struct FakeKind {
  ResourceRef resource;
  std::string kind;
  /// Main writes leave status alone, status writes change nothing else.
  bool has_status = true;
};

/// Thread-safe.
class FakeApi {
 public:
  /// Requests served until ForgetRequests; further ones get 429.
  static constexpr std::size_t kMostRequests = 10'000;
  /// What was asked for, and the answer's code.
  struct Request {
    std::string method;
    std::string path;
    std::string query;
    std::string content_type;
    std::string body;
    int code = 0;
  };
  /// Decides a request's fate before it is served; Ok lets it through.
  using Fault = std::function<Status(const HttpRequest& request)>;
  /// What a watch does when it has sent everything: end (Ok), for tests in one thread, or wait for
  /// more.
  enum class WatchMode : std::uint8_t { kEndWhenDrained, kKeepOpen };

  /// `clock` outlives it and gives the objects' timestamps.
  explicit FakeApi(const Clock& clock);
  ~FakeApi();
  FakeApi(const FakeApi&) = delete;
  FakeApi& operator=(const FakeApi&) = delete;

  void AddKind(FakeKind kind);
  template <typename T>
  void AddKind() {
    AddKind({ResourceOf<T>(), std::string(T::kKind)});
  }
  void RemoveKind(const ResourceRef& resource);

  /// The way in. Outlived by the FakeApi.
  std::shared_ptr<HttpTransport> Transport();
  HttpReply Handle(const HttpRequest& request);

  // The tests' own hands: no faults, not in Requests(). Watchers are told.
  /// Stores `object` as it is, status, finalizers and deletionTimestamp included; what is missing
  /// (uid, times, generation) is filled in. The kind must be known. Returns what was stored.
  Value Put(Value object);
  void Erase(const ResourceRef& resource, const ObjectKey& key);
  /// Null when there is none.
  Value Find(const ResourceRef& resource, const ObjectKey& key) const;
  std::vector<Value> All(const ResourceRef& resource) const;
  /// Everything, by resource and key.
  std::vector<Value> Everything() const;
  /// Empty when there is none, or none that a T can be read from.
  template <typename T>
  std::optional<T> Find(const ObjectKey& key) const {
    Result<T> found = T::FromValue(Find(ResourceOf<T>(), key));
    return found.ok() ? std::optional<T>(*std::move(found)) : std::nullopt;
  }

  // Faults.
  void SetFault(Fault fault);
  /// The next `count` writes (of anything but Events) are answered with `status`.
  void FailWrites(int count, Status status);

  // What happened.
  std::vector<Request> Requests() const;
  /// POST, PUT, PATCH and DELETE of anything but Events that succeeded.
  std::vector<Request> Writes() const;
  void ForgetRequests();
  std::int64_t ResourceVersion() const;

  // Watches.
  void SetWatchMode(WatchMode mode);
  /// Forgets the history: watches from an older resourceVersion are Expired.
  void Compact();
  /// The first event of `resource` after `after`, with its resourceVersion; empty when there is
  /// none yet.
  std::optional<std::pair<std::int64_t, WatchEvent>> EventAfter(const ResourceRef& resource,
                                                                std::int64_t after) const;
  /// Calls `listener` after every change, on the changing thread, until the returned token is
  /// dropped.
  std::shared_ptr<void> Listen(std::function<void(const ResourceRef&)> listener);

 private:
  friend class FakeApiTransport;
  struct State;
  Status StreamWatch(const HttpRequest& request, const HttpTransport::StreamSink& sink);
  Status StreamEvents(const ResourceRef& resource, const std::function<bool(const Value&)>& matches,
                      std::int64_t position, const HttpTransport::StreamSink& sink);
  Status FaultOf(const HttpRequest& request);
  HttpReply HandleTransaction(const HttpRequest& whole);
  void Notify();

  std::unique_ptr<State> state_;
};

/// True for a request that would change something other than Events.
bool IsWrite(const HttpRequest& request);

}  // namespace noizy
