// Tells the payload store which Tasks refer to what, so that a payload goes with its last Task.
#pragma once

#include <map>
#include <string>

#include "apiserver/payloads/payload_store.h"
#include "apiserver/storage/object_feed.h"

namespace noizy::apiserver {

/// For the executor's thread. Destroyed only when the executor runs nothing any more.
class PayloadKeeper {
 public:
  PayloadKeeper(Store& store, Executor& executor, PayloadStore& payloads);
  /// Clears away what no Task refers to once all of them were heard.
  void Start() { feed_.Start(); }

 private:
  FeedEvents Feed();
  void OnTask(const StoredObject& object);
  void OnGone(const StoredObject& object);
  void OnSynced();

  PayloadStore& payloads_;
  std::map<std::string, std::string> digest_of_;  // by uid of Tasks heard
  std::map<std::string, std::string> unheard_;    // of them, since the feed began anew
  ObjectFeed feed_;
};

}  // namespace noizy::apiserver
