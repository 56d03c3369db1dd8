// The bodies of informer.h's templates; included by it alone.
#pragma once

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "machinery/controller/informer.h"

namespace noizy {

template <typename T>
void Informer<T>::AddHandler(Handler handler) {
  handlers_.push_back(std::move(handler));
  // A copy: the handler may lead to a change of the list.
  const auto present = lister_.All();
  const Handler added = handlers_.back();
  for (const auto& [key, object] : present) added(nullptr, object.get());
}

template <typename T>
void Informer<T>::Start(const ObjectSourceFactory& sources) {
  source_ = sources();
  source_->Start(resource(), {[this](std::vector<Value> objects) { Replace(objects); },
                              [this](const WatchEvent& event) { Apply(event); }});
}

template <typename T>
void Informer<T>::BeginStop() {
  if (source_) source_->BeginStop();
}

template <typename T>
void Informer<T>::Stop() {
  if (source_) source_->Stop();
}

template <typename T>
std::vector<Value> Informer<T>::Snapshot() const {
  std::vector<Value> objects;
  objects.reserve(lister_.objects_.size());
  for (const auto& [key, object] : lister_.objects_) objects.push_back(object->ToValue());
  return objects;
}

template <typename T>
void Informer<T>::Replace(const std::vector<Value>& objects) {
  std::set<ObjectKey> present;
  for (const Value& value : objects) {
    present.insert(KeyOf(value));
    Read(value);
  }
  std::vector<ObjectKey> vanished;
  for (const auto& [key, object] : lister_.objects_) {
    if (!present.contains(key)) vanished.push_back(key);
  }
  for (const ObjectKey& key : vanished) Drop(key);
  MarkSynced();
}

template <typename T>
void Informer<T>::Apply(const WatchEvent& event) {
  switch (event.type) {
    case WatchEvent::Type::kAdded:
    case WatchEvent::Type::kModified:
      return Read(event.object);
    case WatchEvent::Type::kDeleted:
      return Drop(KeyOf(event.object));
    case WatchEvent::Type::kBookmark:
      return;
  }
}

template <typename T>
void Informer<T>::Read(const Value& value) {
  Result<T> object = T::FromValue(value);
  if (!object.ok()) return TellUnreadable(value, object.status());
  Put(std::make_shared<const T>(*std::move(object)));
}

template <typename T>
void Informer<T>::Put(Pointer object) {
  Pointer& slot = lister_.objects_[object->metadata.Key()];
  const Pointer before = std::exchange(slot, object);  // held: handlers may drop the entry
  if (before && before->metadata.uid != object->metadata.uid) {
    Notify(before.get(), nullptr);
    Notify(nullptr, object.get());
  } else if (!before || before->metadata.resource_version != object->metadata.resource_version) {
    Notify(before.get(), object.get());
  }
}

template <typename T>
void Informer<T>::Drop(const ObjectKey& key) {
  const auto found = lister_.objects_.find(key);
  if (found == lister_.objects_.end()) return;
  const Pointer before = std::move(found->second);
  lister_.objects_.erase(found);
  Notify(before.get(), nullptr);
}

template <typename T>
void Informer<T>::Notify(const T* before, const T* after) {
  // By index: a handler may add another.
  for (std::size_t i = 0; i < handlers_.size(); ++i) handlers_[i](before, after);
}

}  // namespace noizy
