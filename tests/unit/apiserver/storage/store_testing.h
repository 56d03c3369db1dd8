// What the tests of stores share: short ways to write and read, and a watch that collects.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apiserver/storage/store.h"

namespace noizy::apiserver {

inline constexpr std::chrono::seconds kPatience{20};

inline StoreKey TaskKey(std::string name, std::string ns = "default") {
  return {"tasks.noizy.dev", std::move(ns), std::move(name)};
}

inline const Scope kAllTasks{"tasks.noizy.dev", "", ""};

/// {"rv":"<here>","data":"…"}
inline UnversionedBytes Body(const std::string& content) {
  return {R"({"rv":"","data":")" + content + R"("})", 7};
}
inline std::string Rendered(std::int64_t revision, const std::string& content) {
  return R"({"rv":")" + std::to_string(revision) + R"(","data":")" + content + R"("})";
}

inline WriteOp PutOp(StoreKey key, std::int64_t expected, const std::string& content = "x") {
  return {
      WriteOp::Kind::kPut, std::move(key), expected, Body(content), {{{"content", content}}, {}}};
}
inline WriteOp DeleteOp(StoreKey key, std::int64_t expected, const std::string& content = "last") {
  return {WriteOp::Kind::kDelete, std::move(key), expected, Body(content), {}};
}

/// Writes and waits for the answer.
inline Result<std::vector<StoredObjectPtr>> WriteAll(Store& store, std::vector<WriteOp> ops) {
  using Answer = Result<std::vector<StoredObjectPtr>>;
  auto answer = std::make_shared<std::promise<Answer>>();
  auto future = answer->get_future();
  store.Write(std::move(ops), [answer](Answer result) { answer->set_value(std::move(result)); });
  if (future.wait_for(kPatience) != std::future_status::ready) return Timeout("no answer");
  return future.get();
}

inline Result<StoredObjectPtr> WriteOne(Store& store, WriteOp op) {
  std::vector<WriteOp> ops;
  ops.push_back(std::move(op));
  NOIZY_ASSIGN_OR_RETURN(auto objects, WriteAll(store, std::move(ops)));
  return objects.at(0);
}

/// Creates, and returns the revision; 0 when that failed.
inline std::int64_t Create(Store& store, const std::string& name,
                           const std::string& content = "x") {
  const auto object = WriteOne(store, PutOp(TaskKey(name), 0, content));
  EXPECT_TRUE(object.ok()) << object.status().ToString();
  return object.ok() ? (*object)->revision : 0;
}
inline std::int64_t Update(Store& store, const std::string& name, std::int64_t expected,
                           const std::string& content = "y") {
  const auto object = WriteOne(store, PutOp(TaskKey(name), expected, content));
  EXPECT_TRUE(object.ok()) << object.status().ToString();
  return object.ok() ? (*object)->revision : 0;
}
inline std::int64_t Delete(Store& store, const std::string& name, std::int64_t expected) {
  const auto object = WriteOne(store, DeleteOp(TaskKey(name), expected));
  EXPECT_TRUE(object.ok()) << object.status().ToString();
  return object.ok() ? (*object)->revision : 0;
}

/// "name@revision" of every item.
inline std::vector<std::string> Names(const Listing& listing) {
  std::vector<std::string> names;
  for (const auto& item : listing.items) {
    names.push_back(item->key.name + "@" + std::to_string(item->revision));
  }
  return names;
}
inline std::vector<std::string> NamesAt(const Store& store, std::int64_t revision) {
  ListOptions options;
  options.at_revision = revision;
  const auto listing = store.List(kAllTasks, options);
  EXPECT_TRUE(listing.ok()) << listing.status().ToString();
  return listing.ok() ? Names(*listing) : std::vector<std::string>();
}

/// A watch whose wakes can be waited for.
class TestWatch {
 public:
  TestWatch(Store& store, const Scope& scope, std::int64_t after) {
    auto watch = store.Watch(scope, after, [woken = woken_] { woken->Notify(); });
    status_ = watch.status();
    if (watch.ok()) watch_ = *std::move(watch);
  }

  const Status& status() const { return status_; }
  StoreWatch& operator*() { return *watch_; }
  StoreWatch* operator->() { return watch_.get(); }
  int wakes() const { return woken_->Count(); }

  /// True once `count` wakes have come in all.
  bool AwaitWakes(int count) { return woken_->Await(count); }

  /// Fetches until an event of `revision` or later has come or the patience ends.
  std::vector<StoreEventPtr> Until(std::int64_t revision) {
    std::vector<StoreEventPtr> events;
    for (int seen = 0;; ++seen) {
      const int before = wakes();
      auto batch = watch_->Next(7);
      status_ = batch.status();
      if (!batch.ok()) return events;
      events.insert(events.end(), batch->events.begin(), batch->events.end());
      if (batch->progress >= revision) return events;
      if (batch->events.empty() && !AwaitWakes(before + 1)) return events;
    }
  }

 private:
  class Signal {
   public:
    void Notify() {
      MutexLock lock(mutex_);
      ++count_;
      changed_.NotifyAll();
    }
    int Count() {
      MutexLock lock(mutex_);
      return count_;
    }
    bool Await(int count) {
      MutexLock lock(mutex_);
      while (count_ < count) {
        if (!changed_.WaitFor(mutex_, kPatience) && count_ < count) return false;
      }
      return true;
    }

   private:
    Mutex mutex_;
    CondVar changed_;
    int count_ NOIZY_GUARDED_BY(mutex_) = 0;
  };

  std::shared_ptr<Signal> woken_ = std::make_shared<Signal>();
  Status status_;
  std::unique_ptr<StoreWatch> watch_;
};

/// "put name@revision" and "delete name@revision".
inline std::vector<std::string> Describe(const std::vector<StoreEventPtr>& events) {
  std::vector<std::string> lines;
  for (const auto& event : events) {
    lines.push_back((event->kind == WriteOp::Kind::kPut ? "put " : "delete ") +
                    event->object->key.name + "@" + std::to_string(event->object->revision));
  }
  return lines;
}

}  // namespace noizy::apiserver
