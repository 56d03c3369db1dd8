#include "machinery/client/watch.h"

#include <optional>

#include "machinery/client/request.h"
#include "machinery/meta/status_object.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

std::optional<WatchEvent::Type> TypeNamed(std::string_view name) {
  if (name == "ADDED") return WatchEvent::Type::kAdded;
  if (name == "MODIFIED") return WatchEvent::Type::kModified;
  if (name == "DELETED") return WatchEvent::Type::kDeleted;
  if (name == "BOOKMARK") return WatchEvent::Type::kBookmark;
  return std::nullopt;
}

// An ERROR event's Status; one that claims success is an error all the same.
Status ErrorOf(const Value& object) {
  const Status status = StatusFromValue(object);
  return status.ok() ? Internal("the watch ended with an error event without an error") : status;
}

}  // namespace

bool WatchDecoder::Feed(std::string_view piece) {
  while (!piece.empty()) {
    const auto end = piece.find('\n');
    if (end == std::string_view::npos) {
      if (partial_.size() + piece.size() > kMaxWatchEventBytes) {
        return Fail(Internal("a watch event is longer than 16 MiB"));
      }
      partial_ += piece;
      return true;
    }
    const std::string_view tail = piece.substr(0, end);
    piece.remove_prefix(end + 1);
    if (partial_.empty()) {
      if (!TakeLine(tail)) return false;
      continue;
    }
    partial_ += tail;
    const std::string line = std::exchange(partial_, {});
    if (!TakeLine(line)) return false;
  }
  return true;
}

bool WatchDecoder::TakeLine(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return true;
  Result<Value> parsed = ParseJson(line);
  if (!parsed.ok()) return Fail(Internal("a watch event is no JSON: " + parsed.status().message()));
  Value* object = Find(*parsed, {"object"});
  if (object == nullptr || !object->is_object()) {
    return Fail(Internal("a watch event holds no object"));
  }
  const std::string_view name = StringAt(*parsed, {"type"});
  if (name == "ERROR") return Fail(ErrorOf(*object));
  const auto type = TypeNamed(name);
  if (!type) return Fail(Internal("unknown watch event type \"" + std::string(name) + "\""));
  return on_event_(WatchEvent{*type, std::move(*object)});
}

bool WatchDecoder::Fail(Status status) {
  status_ = std::move(status);
  return false;
}

Status Client::Watch(const ResourceRef& resource, std::string_view ns, const ListQuery& query,
                     const std::function<bool(WatchEvent)>& on_event,
                     const std::function<bool()>& cancelled) const {
  HttpRequest request = MakeRequest("GET", resource.Path(ns, {}), WatchQueryOf(query));
  request.headers = {{"Accept", AcceptOf(query)}};
  WatchDecoder decoder(on_event);
  HttpReply refusal;
  std::string refusal_text;
  HttpTransport::StreamSink sink;
  sink.on_headers = [&](int code, const HttpHeaders& headers) {
    refusal.code = code;
    refusal.headers = headers;
    TellWarnings(headers);
    return true;
  };
  sink.on_piece = [&](std::string_view piece) {
    if (refusal.code == 200) return decoder.Feed(piece);
    refusal_text += piece;
    return refusal_text.size() < kMaxWatchEventBytes;
  };
  sink.cancelled = cancelled;
  NOIZY_RETURN_IF_ERROR(transport_->Stream(request, sink));
  if (refusal.code != 200) {
    refusal.body.emplace_back(std::move(refusal_text));
    return StatusOfReply(refusal);
  }
  return decoder.status();
}

}  // namespace noizy
