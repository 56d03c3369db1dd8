#include "tests/fakes/fake_api.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <list>

#include "machinery/meta/status_object.h"
#include "machinery/value/json.h"
#include "tests/fakes/fake_serve.h"
#include "tests/fakes/fake_store.h"

namespace noizy {

struct FakeApi::State {
  explicit State(const Clock& clock) : store(clock) {}

  Result<Value> ServeOne(const HttpRequest& request, Status failure) NOIZY_REQUIRES(mutex);

  mutable Mutex mutex;
  CondVar changed;
  FakeStore store NOIZY_GUARDED_BY(mutex);
  Fault fault NOIZY_GUARDED_BY(mutex);
  int failing_writes NOIZY_GUARDED_BY(mutex) = 0;
  Status write_failure NOIZY_GUARDED_BY(mutex);
  std::vector<Request> requests NOIZY_GUARDED_BY(mutex);
  WatchMode watch_mode NOIZY_GUARDED_BY(mutex) = WatchMode::kEndWhenDrained;
  std::size_t notified NOIZY_GUARDED_BY(mutex) = 0;  // how much of the history listeners know of
  std::list<std::weak_ptr<std::function<void(const ResourceRef&)>>> listeners
      NOIZY_GUARDED_BY(mutex);
};

namespace {

// Controllers that answer their own writes for ever would hang a test under virtual time: they are
// sent away instead.
Status Exhausted() {
  StatusDetails details;
  details.retry_after_seconds = 1'000'000;
  return {StatusReason::kTooManyRequests, "the FakeApi has had enough: is a controller in a loop?",
          std::move(details)};
}

HttpReply ReplyWith(const Result<Value>& result) {
  HttpReply reply;
  reply.headers.emplace_back("Content-Type", "application/json");
  const Value body = result.ok() ? *result : StatusToValue(result.status());
  reply.code = result.ok() ? 200 : HttpCode(result.status().reason());
  reply.body.emplace_back(ToJson(body));
  return reply;
}

FakeApi::Request RecordOf(const HttpRequest& request, int code) {
  return {request.method, request.path,
          request.query,  std::string(FindHeader(request.headers, "Content-Type")),
          request.body,   code};
}

std::vector<HttpRequest> MembersOf(const HttpRequest& whole) {
  std::vector<HttpRequest> members;
  const Value body = *ParseJson(whole.body);
  for (const Value& member : *ArrayAt(body, {"requests"})) {
    HttpRequest& request = members.emplace_back();
    request.method = StringAt(member, {"method"});
    request.path = StringAt(member, {"path"});
    request.query = StringAt(member, {"query"});
    request.headers = {{"Content-Type", std::string(StringAt(member, {"contentType"}))}};
    request.body = ToJson(*Find(member, {"body"}));
  }
  return members;
}

std::string WatchLine(const WatchEvent& event) {
  static constexpr std::string_view kNames[] = {"ADDED", "MODIFIED", "DELETED", "BOOKMARK"};
  return ToJson(Object{{"type", kNames[static_cast<int>(event.type)]}, {"object", event.object}}) +
         "\n";
}

// 0 for what is no number.
std::int64_t NumberIn(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// In two pieces, so that readers must put them together.
bool SendEvent(const WatchEvent& event, const HttpTransport::StreamSink& sink) {
  const std::string line = WatchLine(event);
  const std::string_view view = line;
  const auto half = view.size() / 2;
  return sink.on_piece(view.substr(0, half)) && sink.on_piece(view.substr(half));
}

}  // namespace

class FakeApiTransport final : public HttpTransport {
 public:
  explicit FakeApiTransport(FakeApi& api) : api_(api) {}

  Result<HttpReply> Do(const HttpRequest& request, std::chrono::milliseconds /*timeout*/) override {
    return api_.Handle(request);
  }
  Status Stream(const HttpRequest& request, const StreamSink& sink) override {
    return api_.StreamWatch(request, sink);
  }

 private:
  FakeApi& api_;
};

bool IsWrite(const HttpRequest& request) {
  return request.method != "GET" && request.path.find("/events") == std::string::npos;
}

FakeApi::FakeApi(const Clock& clock) : state_(std::make_unique<State>(clock)) {}
FakeApi::~FakeApi() = default;

std::shared_ptr<HttpTransport> FakeApi::Transport() {
  return std::make_shared<FakeApiTransport>(*this);
}

void FakeApi::AddKind(FakeKind kind) {
  MutexLock lock(state_->mutex);
  const ResourceRef resource = kind.resource;
  state_->store.kinds()[resource] = std::move(kind);
}

void FakeApi::RemoveKind(const ResourceRef& resource) {
  MutexLock lock(state_->mutex);
  state_->store.kinds().erase(resource);
}

// Without the lock: a fault may take itself away, or serve the request and lose the answer.
Status FakeApi::FaultOf(const HttpRequest& request) {
  Fault fault;
  {
    MutexLock lock(state_->mutex);
    fault = state_->fault;
  }
  return fault ? fault(request) : Status::Ok();
}

Result<Value> FakeApi::State::ServeOne(const HttpRequest& request, Status failure) {
  if (failure.ok() && IsWrite(request) && failing_writes > 0) {
    --failing_writes;
    failure = write_failure;
  }
  if (requests.size() >= FakeApi::kMostRequests) failure = Exhausted();
  return failure.ok() ? Serve(store, request) : Result<Value>(failure);
}

HttpReply FakeApi::Handle(const HttpRequest& request) {
  if (request.path == "/noizy/v1/transactions") return HandleTransaction(request);
  HttpReply reply;
  const Status fault = FaultOf(request);
  {
    MutexLock lock(state_->mutex);
    reply = ReplyWith(state_->ServeOne(request, fault));
    state_->requests.push_back(RecordOf(request, reply.code));
  }
  Notify();
  return reply;
}

// As filters/transaction.h: what one refusal ends is undone for all.
HttpReply FakeApi::HandleTransaction(const HttpRequest& whole) {
  const std::vector<HttpRequest> requests = MembersOf(whole);
  std::vector<Status> faults;
  for (const HttpRequest& request : requests) faults.push_back(FaultOf(request));
  Array replies;
  {
    MutexLock lock(state_->mutex);
    const FakeStore before = state_->store;
    std::vector<Result<Value>> results;
    for (std::size_t i = 0; i < requests.size(); ++i)
      results.push_back(state_->ServeOne(requests[i], faults[i]));
    const bool refused =
        std::ranges::any_of(results, [](const Result<Value>& result) { return !result.ok(); });
    if (refused) state_->store = before;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (refused && results[i].ok()) results[i] = Conflict("", "", "another one was refused");
      const HttpReply reply = ReplyWith(results[i]);
      state_->requests.push_back(RecordOf(requests[i], reply.code));
      replies.push_back(Object{{"code", reply.code}, {"body", *ParseJson(reply.BodyText())}});
    }
  }
  Notify();
  return ReplyWith(Value(Object{{"replies", std::move(replies)}}));
}

void FakeApi::Notify() {
  std::vector<std::shared_ptr<std::function<void(const ResourceRef&)>>> listeners;
  std::vector<ResourceRef> changed;
  {
    MutexLock lock(state_->mutex);
    const auto& history = state_->store.history();
    for (; state_->notified < history.size(); ++state_->notified) {
      changed.push_back(history[state_->notified].resource);
    }
    state_->listeners.remove_if([](const auto& listener) { return listener.expired(); });
    for (const auto& listener : state_->listeners) listeners.push_back(listener.lock());
  }
  if (changed.empty()) return;
  state_->changed.NotifyAll();
  for (const ResourceRef& resource : changed) {
    for (const auto& listener : listeners) (*listener)(resource);
  }
}

std::shared_ptr<void> FakeApi::Listen(std::function<void(const ResourceRef&)> listener) {
  auto token = std::make_shared<std::function<void(const ResourceRef&)>>(std::move(listener));
  MutexLock lock(state_->mutex);
  state_->listeners.push_back(token);
  return token;
}

Value FakeApi::Put(Value object) {
  Value stored;
  {
    MutexLock lock(state_->mutex);
    const FakeKind* kind = state_->store.KindOf(object);
    if (kind == nullptr) {
      std::cerr << "FakeApi::Put: unknown kind in " << ToJson(object) << "\n";
      std::abort();
    }
    stored = state_->store.Put(*kind, std::move(object));
  }
  Notify();
  return stored;
}

void FakeApi::Erase(const ResourceRef& resource, const ObjectKey& key) {
  {
    MutexLock lock(state_->mutex);
    state_->store.Erase(resource, key);
  }
  Notify();
}

Value FakeApi::Find(const ResourceRef& resource, const ObjectKey& key) const {
  MutexLock lock(state_->mutex);
  const auto& objects = state_->store.ObjectsOf(resource);
  const auto found = objects.find(key);
  return found == objects.end() ? Value() : found->second;
}

std::vector<Value> FakeApi::All(const ResourceRef& resource) const {
  MutexLock lock(state_->mutex);
  std::vector<Value> all;
  for (const auto& [key, object] : state_->store.ObjectsOf(resource)) all.push_back(object);
  return all;
}

std::vector<Value> FakeApi::Everything() const {
  MutexLock lock(state_->mutex);
  std::vector<Value> all;
  for (const auto& [resource, objects] : state_->store.objects()) {
    for (const auto& [key, object] : objects) all.push_back(object);
  }
  return all;
}

void FakeApi::SetFault(Fault fault) {
  MutexLock lock(state_->mutex);
  state_->fault = std::move(fault);
}

void FakeApi::FailWrites(int count, Status status) {
  MutexLock lock(state_->mutex);
  state_->failing_writes = count;
  state_->write_failure = std::move(status);
}

std::vector<FakeApi::Request> FakeApi::Requests() const {
  MutexLock lock(state_->mutex);
  return state_->requests;
}

std::vector<FakeApi::Request> FakeApi::Writes() const {
  std::vector<Request> writes = Requests();
  std::erase_if(writes, [](const Request& request) {
    HttpRequest same;
    same.method = request.method;
    same.path = request.path;
    return request.code >= 300 || !IsWrite(same);
  });
  return writes;
}

void FakeApi::ForgetRequests() {
  MutexLock lock(state_->mutex);
  state_->requests.clear();
}

std::int64_t FakeApi::ResourceVersion() const {
  MutexLock lock(state_->mutex);
  return state_->store.revision();
}

void FakeApi::SetWatchMode(WatchMode mode) {
  MutexLock lock(state_->mutex);
  state_->watch_mode = mode;
}

void FakeApi::Compact() {
  MutexLock lock(state_->mutex);
  state_->store.Compact();
  state_->notified = 0;
}

std::optional<std::pair<std::int64_t, WatchEvent>> FakeApi::EventAfter(const ResourceRef& resource,
                                                                       std::int64_t after) const {
  MutexLock lock(state_->mutex);
  const auto& history = state_->store.history();
  auto change = std::ranges::upper_bound(history, after, {}, &FakeStore::Change::revision);
  change = std::find_if(change, history.end(),
                        [&](const auto& each) { return each.resource == resource; });
  if (change == history.end()) return std::nullopt;
  return std::pair(change->revision, change->event);
}

Status FakeApi::StreamWatch(const HttpRequest& request, const HttpTransport::StreamSink& sink) {
  Status fault = FaultOf(request);
  bool expired = false;
  std::int64_t position = 0;
  const auto target = TargetOf(request.path);
  NOIZY_ASSIGN_OR_RETURN(const QueryParameters query, ParseQuery(request.query));
  NOIZY_ASSIGN_OR_RETURN(const FakeFilter filter, FilterOf(target.value_or(FakeTarget()), query));
  ResourceRef resource;
  {
    MutexLock lock(state_->mutex);
    const FakeKind* kind = target ? KindAt(state_->store.kinds(), *target) : nullptr;
    if (fault.ok() && kind == nullptr) fault = NotFound("", request.path);
    if (kind != nullptr) resource = kind->resource;
    position = NumberIn(FindParameter(query, "resourceVersion"));
    expired = position < state_->store.compacted();
    state_->requests.push_back({request.method, request.path, request.query, "", "",
                                fault.ok() ? 200 : HttpCode(fault.reason())});
  }
  if (!fault.ok()) {
    const HttpReply refusal = ReplyWith(fault);
    if (sink.on_headers(refusal.code, refusal.headers)) sink.on_piece(refusal.BodyText());
    return Status::Ok();
  }
  if (!sink.on_headers(200, {{"Content-Type", "application/json"}})) return Status::Ok();
  if (expired) {
    const Status gone(StatusReason::kExpired, "too old resource version");
    sink.on_piece(ToJson(Object{{"type", "ERROR"}, {"object", StatusToValue(gone)}}) + "\n");
    return Status::Ok();
  }
  return StreamEvents(
      resource, [&filter](const Value& object) { return filter.Matches(object); }, position, sink);
}

Status FakeApi::StreamEvents(const ResourceRef& resource,
                             const std::function<bool(const Value&)>& matches,
                             std::int64_t position, const HttpTransport::StreamSink& sink) {
  while (!sink.cancelled()) {
    if (const auto next = EventAfter(resource, position)) {
      position = next->first;
      if (matches(next->second.object) && !SendEvent(next->second, sink)) return Status::Ok();
      continue;
    }
    MutexLock lock(state_->mutex);
    if (state_->watch_mode == WatchMode::kEndWhenDrained) break;
    // Bounded, so that cancelling is noticed.
    state_->changed.WaitFor(state_->mutex, std::chrono::milliseconds(5));
  }
  WatchEvent bookmark{WatchEvent::Type::kBookmark, Object()};
  Set(bookmark.object, {"metadata", "resourceVersion"},
      Value(std::to_string(std::max(position, ResourceVersion()))));
  SendEvent(bookmark, sink);
  return Status::Ok();
}

}  // namespace noizy
