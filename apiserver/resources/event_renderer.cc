#include "apiserver/resources/event_renderer.h"

#include "apiserver/resources/render.h"

namespace noizy::apiserver {
namespace {

// Larger texts are made anew each time: all that is kept stays below 4 MiB.
constexpr std::size_t kKeptTextBytes = 64 * 1024;

SharedBytes HeadOf(std::string_view type) {
  if (type == "ADDED") return SharedBytes::Static("{\"type\":\"ADDED\",\"object\":");
  if (type == "MODIFIED") return SharedBytes::Static("{\"type\":\"MODIFIED\",\"object\":");
  return SharedBytes::Static("{\"type\":\"DELETED\",\"object\":");
}

std::chrono::seconds SecondOf(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch());
}

}  // namespace

Status EventRenderer::Append(std::vector<SharedBytes>& to, std::string_view type,
                             const StoredObjectPtr& object, const EventView& view) {
  if (view.format.form == ReplyForm::kObject) {
    to.push_back(HeadOf(type));
    AppendStored(to, *view.kind, object);
  } else {
    NOIZY_ASSIGN_OR_RETURN(SharedBytes text, TextOf(object, view));
    to.push_back(HeadOf(type));
    to.push_back(std::move(text));
  }
  to.push_back(SharedBytes::Static("}\n"));
  return Status::Ok();
}

Result<SharedBytes> EventRenderer::TextOf(const StoredObjectPtr& object, const EventView& view) {
  Made& made = made_[static_cast<std::size_t>(object->revision) % made_.size()];
  const std::chrono::seconds now = SecondOf(view.now);
  if (made.object.lock() == object && made.kind == view.kind && made.format == view.format &&
      made.at == now)
    return made.text;
  NOIZY_ASSIGN_OR_RETURN(std::string text, ObjectText(*view.kind, object, view.format, view.now));
  SharedBytes shared(std::move(text));
  if (shared.view.size() <= kKeptTextBytes) made = {object, view.kind, view.format, now, shared};
  return shared;
}

}  // namespace noizy::apiserver
