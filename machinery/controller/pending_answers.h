// Answers that take longer than a reconcile may: worked out on other threads, one at a time for
// each object, then written to it.
//
//           Ask                    work is done                 Written
//   (none) ─────▶ IsAsked ──────────────────▶ Find, OnAnswer ───────────▶ IsAnswered
//                                                                            │ a newer version
//   (none) ◀─────────────────────────────────────────────────────────────────┘ is looked at
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "machinery/base/executor.h"
#include "machinery/meta/object_meta.h"

namespace noizy {

/// Executor thread only, but that it may be destroyed while answers are worked out: they are
/// dropped.
template <typename Answer>
class PendingAnswers {
 public:
  /// Runs a function on another thread; false when there is no room. Whoever owns the threads ends
  /// them before the executor.
  using Run = std::function<bool(std::function<void()>)>;

  PendingAnswers(Executor& executor, Run run) : executor_(executor), run_(std::move(run)) {}
  ~PendingAnswers() { *alive_ = false; }
  PendingAnswers(const PendingAnswers&) = delete;
  PendingAnswers& operator=(const PendingAnswers&) = delete;

  /// `wake` is called when there is an answer for the object of a key.
  void OnAnswer(std::function<void(const ObjectKey&)> wake) { wake_ = std::move(wake); }

  /// Has `work` find an answer for `object`, on another thread. False when there is no room.
  bool Ask(const ObjectMeta& object, std::function<Answer()> work) {
    const std::uint64_t question = ++last_question_;
    const auto answer = [this, alive = alive_, key = object.Key(), question](Answer found) {
      if (*alive) Take(key, question, std::move(found));
    };
    const bool room = run_([work = std::move(work), answer, &executor = executor_] {
      executor.Post([answer, found = work()] { answer(found); });
    });
    if (room) At(object).question = question;
    return room;
  }
  bool IsAsked(const ObjectMeta& object) const {
    const Entry* entry = Of(object);
    return entry != nullptr && entry->question != 0;
  }
  /// The answer that is to be written; null while there is none.
  const Answer* Find(const ObjectMeta& object) const {
    const Entry* entry = Of(object);
    return entry != nullptr && entry->answer ? &*entry->answer : nullptr;
  }

  /// What there was to say was written over this version of the object.
  void Written(const ObjectMeta& object) {
    Entry& entry = At(object);
    entry.answer.reset();
    entry.written_over = object.resource_version;
  }
  /// Whether this is still that version: what it asks for is answered, though it stands there.
  bool IsAnswered(const ObjectMeta& object) const {
    const Entry* entry = Of(object);
    return entry != nullptr && !entry->written_over.empty() &&
           entry->written_over == object.resource_version;
  }
  /// Nobody asks any more: an answer that comes is dropped.
  void Forget(const ObjectKey& key) { entries_.erase(key); }

 private:
  struct Entry {
    std::string uid = {};  // an object of the same name is another one
    std::uint64_t question = 0;
    std::optional<Answer> answer = {};
    std::string written_over = {};
  };

  const Entry* Of(const ObjectMeta& object) const {
    const auto found = entries_.find(object.Key());
    return found == entries_.end() || found->second.uid != object.uid ? nullptr : &found->second;
  }
  Entry& At(const ObjectMeta& object) {
    Entry& entry = entries_[object.Key()];
    if (entry.uid != object.uid) entry = Entry{object.uid};
    return entry;
  }
  void Take(const ObjectKey& key, std::uint64_t question, Answer found) {
    const auto entry = entries_.find(key);
    if (entry == entries_.end() || entry->second.question != question) return;
    entry->second.question = 0;
    entry->second.answer = std::move(found);
    wake_(key);
  }

  Executor& executor_;
  const Run run_;
  std::function<void(const ObjectKey&)> wake_ = [](const ObjectKey&) {};
  std::map<ObjectKey, Entry> entries_;
  std::uint64_t last_question_ = 0;
  /// False once destroyed: an answer may come at any time.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace noizy
