#include "apiserver/storage/sqlite/store_writer.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "apiserver/storage/sqlite/log_replay.h"

namespace noizy::apiserver {
namespace {

// How often an idle writer looks at the history's age, the file's size and a disk that failed.
constexpr auto kTick = std::chrono::seconds(1);
// A failed disk is asked again this often at most; between, writes are refused at once.
constexpr auto kRetryAfter = std::chrono::milliseconds(200);
// Twice what a batch usually adds, so that forgetting keeps up; some milliseconds of a transaction.
constexpr std::size_t kForgetStep = 1024;
// Below this a busy writer does not bother: the rows lie together, and erasing many costs little
// more than erasing one.
constexpr std::size_t kForgetWorthwhile = 128;

}  // namespace

StoreWriter::Metrics::Metrics()
    : commits("noizy_store_commits_total", "Transactions committed durably."),
      failures("noizy_store_commit_failures_total", "Transactions the disk refused."),
      batch_writes("noizy_store_batch_writes", "Writes per transaction.",
                   {1, 2, 4, 8, 16, 32, 64, 128, 256, 512}),
      commit_seconds("noizy_store_commit_seconds", "Time of a transaction, flush included.",
                     LatencyBuckets()),
      queue_depth("noizy_store_queue_depth", "Writes waiting when the last transaction began."),
      database_bytes("noizy_store_database_bytes",
                     "Size of the database with its write-ahead log.") {}

StoreWriter::StoreWriter(WriterOptions options, std::unique_ptr<Database> database,
                         MemoryIndex& index)
    : options_(std::move(options)),
      database_(std::move(database)),
      index_(index),
      queue_(options_.queue),
      thread_([this] { Run(); }) {}

StoreWriter::~StoreWriter() {
  queue_.Close();
  thread_.join();
}

void StoreWriter::Write(std::vector<WriteOp> ops, Store::WriteCallback done) {
  QueuedWrite write{std::move(ops), std::move(done)};
  if (const Status pushed = queue_.Push(write); !pushed.ok()) write.done(pushed);
}

Status StoreWriter::Health() const {
  MutexLock lock(mutex_);
  return health_;
}

void StoreWriter::SetHealth(Status health) {
  MutexLock lock(mutex_);
  health_ = std::move(health);
}

Status StoreWriter::Compact(std::int64_t revision) {
  const std::int64_t target = std::min(revision, index_.Revision());
  MutexLock lock(mutex_);
  compact_to_ = std::max(compact_to_, target);
  queue_.Poke();
  while (index_.CompactedRevision() < target && health_.ok()) round_done_.Wait(mutex_);
  return health_;
}

Status StoreWriter::CopyTo(const std::string& path) {
  MutexLock lock(mutex_);
  if (copy_) return Status(StatusReason::kConflict, "another copy of the store is being made");
  copy_ = CopyRequest{path};
  queue_.Poke();
  while (!copy_->outcome) round_done_.Wait(mutex_);
  Status outcome = *copy_->outcome;
  copy_.reset();
  return outcome;
}

void StoreWriter::MakeCopy() {
  std::string path;
  {
    MutexLock lock(mutex_);
    if (!copy_ || copy_->outcome) return;
    path = copy_->path;
  }
  Status status = Mend();
  if (status.ok()) status = database_->CopyTo(path);
  MutexLock lock(mutex_);
  copy_->outcome = std::move(status);
}

void StoreWriter::Run() {
  for (;;) {
    std::vector<QueuedWrite> batch = queue_.Take(behind_ ? Duration::zero() : Duration(kTick));
    if (batch.empty() && queue_.Closed()) return;
    RunBatch(std::move(batch));
    MakeCopy();
    Tick();
    MutexLock lock(mutex_);
    round_done_.NotifyAll();
  }
}

void StoreWriter::RunBatch(std::vector<QueuedWrite> batch) {
  std::vector<Answer> answers;
  std::vector<Wake> wakes;
  const Status status = Commit(batch, answers, wakes);
  // Refused writes are answered with the others, not before: a client that is told of a conflict
  // reads again, and must find the version that it conflicted with.
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch[i].done(status.ok() ? std::move(answers[i]) : Answer(status));
  }
  for (const Wake& wake : wakes) (*wake)();
}

Status StoreWriter::Commit(std::vector<QueuedWrite>& batch, std::vector<Answer>& answers,
                           std::vector<Wake>& wakes) {
  NOIZY_RETURN_IF_ERROR(Mend());
  WriteStage stage(index_);
  answers.reserve(batch.size());
  for (QueuedWrite& write : batch) answers.push_back(stage.Add(std::move(write.ops)));
  const std::vector<StoreEventPtr> forgotten = Forgettable(batch.empty());
  if (stage.events().empty() && forgotten.empty()) return Status::Ok();

  metrics_.queue_depth.Set(static_cast<double>(queue_.Depth()));
  metrics_.batch_writes.Observe(static_cast<double>(batch.size()));
  NOIZY_RETURN_IF_ERROR(WriteToDisk(stage.events(), forgotten));
  wakes = index_.Publish(stage.events(), options_.clock->Monotonic());
  if (!forgotten.empty()) index_.Compact(forgotten.back()->object->revision);
  return Status::Ok();
}

Status StoreWriter::WriteToDisk(const std::vector<StoreEventPtr>& events,
                                const std::vector<StoreEventPtr>& forgotten) {
  const MonotonicTime start = options_.clock->Monotonic();
  Status status = database_->Commit(events, forgotten);
  const std::chrono::duration<double> seconds = options_.clock->Monotonic() - start;
  metrics_.commit_seconds.Observe(seconds.count());
  (status.ok() ? metrics_.commits : metrics_.failures).Increment();
  if (!status.ok()) behind_ = false;
  SetHealth(status);
  return status;
}

std::vector<StoreEventPtr> StoreWriter::Forgettable(bool idle) {
  std::int64_t requested = 0;
  {
    MutexLock lock(mutex_);
    requested = compact_to_;
  }
  std::vector<StoreEventPtr> events = index_.UpTo(requested, kForgetStep);
  if (events.empty()) {
    events = index_.Due(options_.history, options_.clock->Monotonic(), kForgetStep);
    if (!idle && events.size() < kForgetWorthwhile) events.clear();
  }
  behind_ = events.size() == kForgetStep;
  return events;
}

void StoreWriter::Tick() {
  const MonotonicTime now = options_.clock->Monotonic();
  if (now < tick_at_) return;
  tick_at_ = now + kTick;
  metrics_.database_bytes.Set(static_cast<double>(database_->SizeBytes()));
  // A server that says it is not ready gets no writes that could find out that the disk is well
  // again.
  if (Health().ok()) return;
  Status status = Mend();
  if (status.ok()) status = database_->Probe();
  behind_ = status.ok();  // a compaction may have been waiting for this
  SetHealth(std::move(status));
}

Status StoreWriter::Mend() {
  NOIZY_RETURN_IF_ERROR(beyond_repair_);
  if (!database_->MustReopen()) return Status::Ok();
  const MonotonicTime now = options_.clock->Monotonic();
  if (now < retry_at_) return Health();
  retry_at_ = now + kRetryAfter;
  Status status = ReopenAndCatchUp();
  SetHealth(status);
  return status;
}

Status StoreWriter::ReopenAndCatchUp() {
  NOIZY_RETURN_IF_ERROR(database_->Reopen());
  // Writes that were refused with an unknown outcome may have come to be, whole batches at a time:
  // they are history now.
  Result<std::vector<Wake>> wakes =
      ReplayLog(database_->log(), options_.attributes, options_.clock->Monotonic(), index_);
  if (!wakes.ok()) return beyond_repair_ = wakes.status();
  for (const Wake& wake : *wakes) (*wake)();

  NOIZY_ASSIGN_OR_RETURN(const std::int64_t on_disk, database_->HighestRevision());
  if (on_disk < index_.Revision()) {
    beyond_repair_ = Unavailable("the disk lost acknowledged writes: " + database_->path() +
                                 " ends at revision " + std::to_string(on_disk) + " of " +
                                 std::to_string(index_.Revision()) +
                                 ". Stop the server, check the disk and restore the latest backup");
  }
  return beyond_repair_;
}

}  // namespace noizy::apiserver
