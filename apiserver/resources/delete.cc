// delete and deletecollection. Options come in the body (DeleteOptions) or as parameters; the body
// wins, as in Kubernetes.
#include <atomic>
#include <charconv>

#include "apiserver/resources/body.h"
#include "apiserver/resources/encode.h"
#include "apiserver/resources/negotiate.h"
#include "apiserver/resources/query.h"
#include "apiserver/resources/render.h"
#include "machinery/meta/meta.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

struct DeleteRequest {
  Deletion deletion;
  WritePolicy policy;
};

// What a client asked for, from the parameters and then the body; each fault by its field.
class OptionsReader {
 public:
  explicit OptionsReader(const RequestContext& context) : context_(context) {}

  Result<DeleteRequest> Read() {
    Deletion& deletion = request_.deletion;
    deletion.propagation_policy = context_.Parameter("propagationPolicy");
    NOIZY_RETURN_IF_ERROR(ReadGracePeriod(context_.Parameter("gracePeriodSeconds")));
    if (const std::string_view orphan = context_.Parameter("orphanDependents"); !orphan.empty())
      orphan_ = ParseBoolParameter(orphan);
    bool dry_run = false;
    if (!context_.request().body.empty()) {
      NOIZY_ASSIGN_OR_RETURN(const Value options, ParseBody(context_, nullptr));
      NOIZY_RETURN_IF_ERROR(CheckKind(options));
      ReadBody(options);
      dry_run = ReadDryRun(options);
    }
    ReadPropagation();
    NOIZY_ASSIGN_OR_RETURN(request_.policy, ReadWritePolicy(context_, std::move(causes_)));
    request_.policy.dry_run = request_.policy.dry_run || dry_run;
    return std::move(request_);
  }

 private:
  // Some clients send the object that is to go, or nothing that says what it is.
  static Status CheckKind(const Value& options) {
    const std::string_view kind = StringAt(options, {"kind"});
    if (options.is_object() && (kind.empty() || kind == "DeleteOptions")) return Status::Ok();
    return BadRequest("the body of a DELETE must be DeleteOptions, not " + std::string(kind));
  }

  Status ReadGracePeriod(std::string_view text) {
    if (text.empty()) return Status::Ok();
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size()) {
      return BadRequest("invalid gracePeriodSeconds \"" + std::string(text) +
                        "\": must be a whole number of seconds");
    }
    request_.deletion.grace_period_seconds = seconds;
    return Status::Ok();
  }

  void ReadBody(const Value& options) {
    Deletion& deletion = request_.deletion;
    deletion.uid = StringAt(options, {"preconditions", "uid"});
    deletion.resource_version = StringAt(options, {"preconditions", "resourceVersion"});
    if (const auto seconds = IntAt(options, {"gracePeriodSeconds"}))
      deletion.grace_period_seconds = seconds;
    if (const std::string_view policy = StringAt(options, {"propagationPolicy"}); !policy.empty())
      deletion.propagation_policy = policy;
    const Value* orphan = Find(options, {"orphanDependents"});
    if (orphan != nullptr && orphan->is_bool()) orphan_ = orphan->get_bool();
  }

  bool ReadDryRun(const Value& options) {
    const Array* list = ArrayAt(options, {"dryRun"});
    if (list == nullptr || list->empty()) return false;
    for (const Value& item : *list) {
      if (Equal(item, Value("All"))) continue;
      causes_.push_back({"FieldValueNotSupported",
                         "Unsupported value: " + ToJson(*list) + ": supported values: \"All\"",
                         "dryRun"});
      break;
    }
    return true;
  }

  void ReadPropagation() {
    std::string& policy = request_.deletion.propagation_policy;
    if (!policy.empty() && orphan_) {
      causes_.push_back({"FieldValueInvalid",
                         "Invalid value: \"" + policy +
                             "\": orphanDependents and deletionPropagation cannot be both set",
                         "propagationPolicy"});
    } else if (orphan_) {
      policy = *orphan_ ? "Orphan" : "Background";
    } else if (!policy.empty() && policy != "Background" && policy != "Foreground" &&
               policy != "Orphan") {
      causes_.push_back({"FieldValueNotSupported",
                         "Unsupported value: \"" + policy +
                             "\": supported values: \"Foreground\", \"Background\", \"Orphan\", "
                             "\"nil\"",
                         "propagationPolicy"});
    }
  }

  const RequestContext& context_;
  DeleteRequest request_;
  std::optional<bool> orphan_;
  std::vector<StatusCause> causes_;
};

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
  const Result<DeleteRequest> options = OptionsReader(*request).Read();
  if (!options.ok()) return ReplyStatus(*request, options.status());
  auto done = [&clock = verbs.clock, request](Result<WriteOutcome> outcome) {
    if (!outcome.ok()) return ReplyStatus(*request, outcome.status());
    if (outcome->deleted) return ReplyDeleted(*request, *outcome->object);
    ReplyObject(*request, 200, outcome->object, clock.Now());
  };
  verbs.writer.Delete(request->kind, KeyOf(*request), options->deletion, options->policy,
                      std::move(done));
}

void HandleDeleteCollection(const VerbContext& verbs, const RequestPtr& request) {
  const Result<DeleteRequest> options = OptionsReader(*request).Read();
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
