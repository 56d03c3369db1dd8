// Events as watchers read them, made once for all who watch alike.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

#include "apiserver/resources/negotiate.h"
#include "apiserver/storage/store.h"
#include "machinery/schema/kind.h"
#include "machinery/transport/http.h"

namespace noizy::apiserver {

/// How one watcher sees events.
struct EventView {
  const KindPtr& kind;
  const ReplyFormat& format;
  WallTime now{};  // what ages in a Table are counted to
};

/// An object in its stored form shares the store's bytes. A Table, or metadata only, has to be
/// made: what was made last is kept for the others who want the same of the same event. For one
/// thread.
class EventRenderer {
 public:
  /// Appends one line of a watch: {"type":TYPE,"object":…}\n. `type` is ADDED, MODIFIED or DELETED.
  /// Nothing on an error.
  Status Append(std::vector<SharedBytes>& to, std::string_view type, const StoredObjectPtr& object,
                const EventView& view);

 private:
  // Kept without its object, which is no longer needed once nobody else has it.
  struct Made {
    std::weak_ptr<const StoredObject> object;
    KindPtr kind;
    ReplyFormat format;
    std::chrono::seconds at{};
    SharedBytes text;
  };

  Result<SharedBytes> TextOf(const StoredObjectPtr& object, const EventView& view);

  // By revision: as many events as watchers that keep up are apart.
  std::array<Made, 64> made_;
};

}  // namespace noizy::apiserver
