#include "machinery/controller/informer.h"

#include <algorithm>

#include "machinery/base/log.h"
#include "machinery/base/metrics.h"

namespace noizy {

void InformerBase::WhenSynced(std::function<void()> done) {
  if (synced_) return done();
  when_synced_.push_back(std::move(done));
}

void InformerBase::MarkSynced() {
  if (std::exchange(synced_, true)) return;
  for (const auto& done : std::exchange(when_synced_, {})) done();
}

void InformerBase::TellUnreadable(const Value& object, const Status& why) const {
  Counter("noizy_informer_unreadable_objects_total", "Objects whose form no reader knows",
          {{"resource", resource_.Resource()}})
      .Increment();
  LogWarning("Failed to read an object from the API, leaving it as it was",
             {{"object", resource_.Resource() + " " + KeyOf(object).ToString()},
              {"error", why.ToString()}});
}

InformerFactory::~InformerFactory() {
  *alive_ = false;
  Stop();
}

void InformerFactory::Start() {
  for (const auto& [type, informer] : informers_) {
    if (started_.insert(type).second) informer->Start(sources_);
  }
}

void InformerFactory::Stop() {
  for (const auto& [type, informer] : informers_) informer->BeginStop();
  for (const auto& [type, informer] : informers_) informer->Stop();
}

bool InformerFactory::HasSynced() const {
  return std::ranges::all_of(informers_,
                             [](const auto& entry) { return entry.second->HasSynced(); });
}

void InformerFactory::WhenSynced(std::function<void()> done) {
  // Chained: wait for one that has not synced, then look again.
  for (const auto& [type, informer] : informers_) {
    if (informer->HasSynced()) continue;
    informer->WhenSynced([this, alive = alive_, done = std::move(done)]() mutable {
      if (*alive) WhenSynced(std::move(done));
    });
    return;
  }
  executor_.Post(std::move(done));
}

std::vector<const InformerBase*> InformerFactory::All() const {
  std::vector<const InformerBase*> all;
  for (const auto& [type, informer] : informers_) all.push_back(informer.get());
  return all;
}

}  // namespace noizy
