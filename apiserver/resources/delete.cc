// delete and deletecollection. Options come in the body (DeleteOptions) or as parameters; the body
// wins, as in Kubernetes.
#include <atomic>

#include "apiserver/resources/body.h"
#include "apiserver/resources/encode.h"
#include "apiserver/resources/negotiate.h"
#include "apiserver/resources/query.h"
#include "apiserver/resources/render.h"
#include "machinery/meta/meta.h"

namespace noizy::apiserver {
namespace {

struct DeleteRequest {
  Deletion deletion;
  WritePolicy policy;
};

Status CheckPropagation(std::string_view policy) {
  if (policy.empty() || policy == "Background" || policy == "Foreground" || policy == "Orphan")
    return Status::Ok();
  return Invalid("DeleteOptions", "", "",
                 {{"FieldValueNotSupported",
                   "Unsupported value: \"" + std::string(policy) +
                       "\": supported values: \"Background\", \"Foreground\", \"Orphan\"",
                   "propagationPolicy"}});
}

Result<DeleteRequest> ReadDelete(const RequestContext& context) {
  DeleteRequest request;
  NOIZY_ASSIGN_OR_RETURN(request.policy, ReadWritePolicy(context));
  Deletion& deletion = request.deletion;
  deletion.propagation_policy = context.Parameter("propagationPolicy");
  if (!context.request().body.empty()) {
    NOIZY_ASSIGN_OR_RETURN(const Value options, ParseBody(context, nullptr));
    deletion.uid = StringAt(options, {"preconditions", "uid"});
    deletion.resource_version = StringAt(options, {"preconditions", "resourceVersion"});
    deletion.grace_period_seconds = IntAt(options, {"gracePeriodSeconds"});
    if (const std::string_view policy = StringAt(options, {"propagationPolicy"}); !policy.empty())
      deletion.propagation_policy = policy;
    if (const Array* dry_run = ArrayAt(options, {"dryRun"}))
      request.policy.dry_run = !dry_run->empty();
  }
  NOIZY_RETURN_IF_ERROR(CheckPropagation(deletion.propagation_policy));
  return request;
}

// {"status": "Success"} with what was removed, as Kubernetes answers a completed deletion.
void ReplyDeleted(const RequestContext& context, const StoredObject& last) {
  const Result<Value> object = DecodeObject(last);
  const Kind& kind = *context.kind;
  Object details{{"name", last.key.name}, {"kind", kind.plural}};
  if (!kind.gvk.group.empty()) details.emplace("group", kind.gvk.group);
  if (object.ok()) details.emplace("uid", UidOf(*object));
  ReplyJson(context, 200,
            Object{{"kind", "Status"},
                   {"apiVersion", "v1"},
                   {"metadata", Object()},
                   {"status", "Success"},
                   {"details", std::move(details)}});
}

// Answers when the last deletion of a collection has come back: with the list of what was deleted,
// or the first error.
class CollectionDeletion {
 public:
  CollectionDeletion(RequestPtr request, std::vector<StoredObjectPtr> items, WallTime now,
                     std::int64_t revision)
      : request_(std::move(request)),
        items_(std::move(items)),
        now_(now),
        revision_(revision),
        waiting_(items_.size()) {}

  const std::vector<StoredObjectPtr>& items() const { return items_; }

  void Count(const Status& status) {
    // Somebody else deleted it meanwhile: what was asked for is so.
    if (!status.ok() && status.reason() != StatusReason::kNotFound) {
      MutexLock lock(mutex_);
      if (error_.ok()) error_ = status;
    }
    if (--waiting_ == 0) Answer();
  }

  void Answer() {
    {
      MutexLock lock(mutex_);
      if (!error_.ok()) return ReplyStatus(*request_, error_);
    }
    Result<std::vector<SharedBytes>> body =
        RenderList(*request_->kind, {items_, revision_, "", 0}, {}, now_);
    if (!body.ok()) return ReplyStatus(*request_, body.status());
    request_->exchange->Reply({200, {{"Content-Type", "application/json"}}, *std::move(body)});
  }

 private:
  const RequestPtr request_;
  const std::vector<StoredObjectPtr> items_;
  const WallTime now_;
  const std::int64_t revision_;
  std::atomic<std::size_t> waiting_;
  Mutex mutex_;
  Status error_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace

void HandleDelete(const VerbContext& verbs, const RequestPtr& request) {
  const Result<DeleteRequest> options = ReadDelete(*request);
  if (!options.ok()) return ReplyStatus(*request, options.status());
  auto done = [&clock = verbs.clock, request](Result<WriteOutcome> outcome) {
    if (!outcome.ok()) return ReplyStatus(*request, outcome.status());
    if (outcome->deleted) return ReplyDeleted(*request, *outcome->object);
    ReplyObject(*request, 200, outcome->object, clock.Now());
  };
  verbs.writer.Delete(request->kind, request->key(), options->deletion, options->policy,
                      std::move(done));
}

void HandleDeleteCollection(const VerbContext& verbs, const RequestPtr& request) {
  const Result<DeleteRequest> options = ReadDelete(*request);
  if (!options.ok()) return ReplyStatus(*request, options.status());
  const Result<ObjectFilter> filter = ReadFilter(*request);
  if (!filter.ok()) return ReplyStatus(*request, filter.status());
  Result<std::vector<StoredObjectPtr>> items =
      ListMatching(verbs.store, ScopeOf(*request, *filter), *filter);
  if (!items.ok()) return ReplyStatus(*request, items.status());
  auto run = std::make_shared<CollectionDeletion>(request, *std::move(items), verbs.clock.Now(),
                                                  verbs.store.Revision());
  if (run->items().empty()) return run->Answer();
  for (const StoredObjectPtr& item : run->items()) {
    verbs.writer.Delete(request->kind, item->key, options->deletion, options->policy,
                        [run](Result<WriteOutcome> outcome) { run->Count(outcome.status()); });
  }
}

}  // namespace noizy::apiserver
