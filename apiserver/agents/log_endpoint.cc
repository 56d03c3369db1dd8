#include "apiserver/agents/log_endpoint.h"

#include <charconv>
#include <memory>

#include "apiserver/resources/encode.h"
#include "apiserver/resources/query.h"
#include "machinery/meta/meta.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
// What an agent may still send of an attempt's output after its end; one that died sends nothing.
constexpr std::chrono::seconds kLogTrailing{5};
// As for watches: a reader that has this much unread is not given more.
constexpr std::size_t kMaxQueuedBytes = 1024 * 1024;

struct LogRequest {
  LogQuery query;
  std::int64_t attempt = 0;  // 0: the newest
  bool follow = false;
};

Result<std::optional<std::int64_t>> ReadNumber(const RequestContext& context,
                                               std::string_view name) {
  const std::string_view text = context.Parameter(name);
  if (text.empty()) return std::optional<std::int64_t>();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= 0)
    return std::optional(number);
  return BadRequest("invalid " + std::string(name) + " \"" + std::string(text) +
                    "\": must be a whole number, 0 or more");
}

Result<LogRequest> ReadLogRequest(const RequestContext& context, WallTime now) {
  LogRequest request;
  NOIZY_ASSIGN_OR_RETURN(request.query.tail_lines, ReadNumber(context, "tailLines"));
  NOIZY_ASSIGN_OR_RETURN(request.query.limit_bytes, ReadNumber(context, "limitBytes"));
  NOIZY_ASSIGN_OR_RETURN(const auto since, ReadNumber(context, "sinceSeconds"));
  if (since) request.query.since = now - std::chrono::seconds(*since);
  NOIZY_ASSIGN_OR_RETURN(const auto attempt, ReadNumber(context, "attempt"));
  request.attempt = attempt.value_or(0);
  request.query.timestamps = context.Flag("timestamps");
  request.follow = context.Flag("follow");
  return request;
}

// Where a Task stands, as far as its log goes.
struct TaskLog {
  LogKey key;  // attempt 0: none yet
  bool finished = false;
  bool attempt_over = false;
};

// True when the attempt has a successor or an end.
bool IsOver(const Value& task, std::int64_t attempt) {
  if (attempt < IntAt(task, {"status", "attempt"}).value_or(0)) return true;
  const Array* attempts = ArrayAt(task, {"status", "attempts"});
  for (std::size_t i = 0; attempts != nullptr && i < attempts->size(); ++i) {
    if (IntAt(attempts->at(i), {"number"}) == attempt)
      return !StringAt(attempts->at(i), {"finishTime"}).empty();
  }
  return false;
}

Result<TaskLog> FindLog(const Store& store, const StoreKey& key, std::int64_t attempt) {
  const StoredObjectPtr stored = store.Get(key);
  if (stored == nullptr) return NotFound(key.resource, key.name);
  NOIZY_ASSIGN_OR_RETURN(const Value task, DecodeObject(*stored));
  const std::int64_t newest = IntAt(task, {"status", "attempt"}).value_or(0);
  if (attempt > newest) {
    return BadRequest("task \"" + key.name + "\" has no attempt " + std::to_string(attempt) +
                      " (the newest is " + std::to_string(newest) + ")");
  }
  const std::string_view phase = StringAt(task, {"status", "phase"});
  const bool finished = phase == "Succeeded" || phase == "Failed" || phase == "Cancelled";
  const LogKey log{std::string(UidOf(task)), attempt > 0 ? attempt : newest};
  return TaskLog{log, finished, finished || IsOver(task, log.attempt)};
}

// One followed log. Lives on the executor; keeps itself alive through its callbacks until it ends.
class LogStream : public std::enable_shared_from_this<LogStream> {
 public:
  LogStream(Store& store, LogStore& logs, Executor& executor, RequestPtr request,
            LogRequest options)
      : store_(store),
        logs_(logs),
        executor_(executor),
        request_(std::move(request)),
        options_(std::move(options)) {}

  void Start() {
    const Scope scope{request_->kind->Resource(), request_->target.ns, request_->target.name};
    auto watch = store_.Watch(scope, store_.Revision(), Poke());
    if (!watch.ok()) return ReplyStatus(*request_, watch.status());
    task_changes_ = *std::move(watch);
    HttpStreamEvents events{
        Poke(), [self = shared_from_this()] { self->executor_.Post([self] { self->End(); }); }};
    stream_ = request_->exchange->Stream(200, {{"Content-Type", std::string(kPlainText)}},
                                         std::move(events));
    Pump();
  }

 private:
  std::function<void()> Poke() {
    return [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->executor_.Post([self] { self->Pump(); });
    };
  }

  void Pump() {
    if (ended_ || !FindReader()) return;
    while (stream_->QueuedBytes() < kMaxQueuedBytes) {
      std::string text = reader_->Next();
      if (text.empty()) break;
      stream_->Write({SharedBytes(std::move(text))});
    }
    if (reader_->ended()) End();
  }

  // Opens the reader once there is an attempt. False while there is none, or when there will be
  // none.
  bool FindReader() {
    if (reader_ != nullptr) return true;
    // Next arms the watch: a change from here on pokes us again.
    while (true) {
      const auto batch = task_changes_->Next(16);
      if (!batch.ok() || batch->events.empty()) break;
    }
    const Result<TaskLog> log = FindLog(store_, KeyOf(*request_), options_.attempt);
    if (!log.ok() || (log->key.attempt == 0 && log->finished)) {
      End();
      return false;
    }
    if (log->key.attempt == 0) return false;
    task_changes_.reset();
    reader_ = std::make_unique<LogReader>(logs_, log->key, options_.query, Poke());
    // The agent's word that nothing more comes may have been lost with it.
    if (log->attempt_over) {
      executor_.PostAfter(kLogTrailing, [&logs = logs_, key = log->key] { logs.Conclude(key); });
    }
    return true;
  }

  void End() {
    if (ended_) return;
    ended_ = true;
    reader_.reset();
    task_changes_.reset();
    if (stream_ != nullptr) stream_->Close();
    stream_.reset();
  }

  Store& store_;
  LogStore& logs_;
  Executor& executor_;
  const RequestPtr request_;
  const LogRequest options_;
  std::shared_ptr<HttpStream> stream_;
  std::unique_ptr<StoreWatch> task_changes_;
  std::unique_ptr<LogReader> reader_;
  bool ended_ = false;
};

// What there is now, in one reply.
void ReplyLog(const RequestContext& request, LogStore& logs, const LogKey& key,
              const LogQuery& query) {
  HttpReply reply{200, {{"Content-Type", std::string(kPlainText)}}, {}};
  if (key.attempt > 0) {
    LogReader reader(logs, key, query, nullptr);
    for (std::string text = reader.Next(); !text.empty(); text = reader.Next())
      reply.body.emplace_back(std::move(text));
  }
  request.exchange->Reply(std::move(reply));
}

}  // namespace

void LogEndpoint::Handle(const RequestPtr& request) {
  if (request->target.verb != "get") {
    return ReplyStatus(*request, Status(StatusReason::kMethodNotAllowed, "a log can only be read"));
  }
  const Result<LogRequest> options = ReadLogRequest(*request, clock_.Now());
  if (!options.ok()) return ReplyStatus(*request, options.status());
  const Result<TaskLog> log = FindLog(store_, KeyOf(*request), options->attempt);
  if (!log.ok()) return ReplyStatus(*request, log.status());
  if (options->follow) {
    auto stream = std::make_shared<LogStream>(store_, logs_, executor_, request, *options);
    return executor_.Post([stream] { stream->Start(); });
  }
  executor_.Post([this, request, key = log->key, query = options->query] {
    ReplyLog(*request, logs_, key, query);
  });
}

}  // namespace noizy::apiserver
