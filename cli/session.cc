#include "cli/session.h"

#include "machinery/client/kubeconfig.h"
#include "machinery/meta/status_object.h"
#include "machinery/transport/url.h"
#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

/// Longer lines are no event: objects are a few MiB at most.
constexpr std::size_t kMaxEventBytes = 16 * 1024 * 1024;

/// Cuts a watch's body into lines and reads each as an event.
class EventLines {
 public:
  explicit EventLines(const WatchFeed& feed) : feed_(feed) {}

  bool Feed(std::string_view piece) {
    partial_ += piece;
    std::size_t from = 0;
    for (std::size_t end = partial_.find('\n'); end != std::string::npos;
         end = partial_.find('\n', from)) {
      if (!Take(std::string_view(partial_).substr(from, end - from))) return false;
      from = end + 1;
    }
    partial_.erase(0, from);
    if (partial_.size() <= kMaxEventBytes) return true;
    status_ = Internal("the server sent a watch event of more than 16 MiB");
    return false;
  }
  const Status& status() const { return status_; }

 private:
  bool Take(std::string_view line) {
    if (line.find_first_not_of(" \r\t") == std::string_view::npos) return true;
    const Result<Value> event = ParseJson(line);
    const Value* object = event.ok() ? Find(*event, {"object"}) : nullptr;
    if (object == nullptr) {
      status_ = Internal("the server sent something that is no watch event");
      return false;
    }
    const std::string_view type = StringAt(*event, {"type"});
    if (type != "ERROR") return feed_.on_event(type, *object);
    status_ = StatusFromValue(*object);
    if (status_.ok())
      status_ = Internal("the server ended the watch with an error that it did not name");
    return false;
  }

  const WatchFeed& feed_;
  std::string partial_;
  Status status_;
};

}  // namespace

Result<std::unique_ptr<Session>> Session::Open(const Environment& environment,
                                               const FlagValues& flags) {
  KubeconfigPlaces places;
  places.flag = flags.Text("kubeconfig");
  places.noizyconfig = environment.variable("NOIZYCONFIG");
  places.kubeconfig = environment.variable("KUBECONFIG");
  places.home = environment.variable("HOME");
  Result<KubeconfigContext> loaded = LoadKubeconfig(KubeconfigFiles(places), flags.Text("context"));
  if (!loaded.ok() && loaded.status().reason() == StatusReason::kNotFound &&
      !flags.Has("context")) {
    return Status(
        StatusReason::kNotFound,
        loaded.status().message() + " (`noizy up` writes one, --kubeconfig FILE names another)");
  }
  if (!loaded.ok()) return loaded.status();
  KubeconfigContext context = *std::move(loaded);
  auto session = std::make_unique<Session>();
  session->server_ = context.http.base_url;
  session->ns_given_ = flags.Has("namespace");
  session->ns_ = session->ns_given_ ? std::string(flags.Text("namespace")) : context.ns;
  if (session->ns_.empty()) session->ns_ = "default";
  context.http.user_agent = "noizy/" + environment.version;
  NOIZY_ASSIGN_OR_RETURN(session->transport_, environment.connect(std::move(context.http)));
  NOIZY_ASSIGN_OR_RETURN(const Duration timeout,
                         flags.Span("request-timeout", std::chrono::seconds(30)));
  ClientOptions options;
  options.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
  std::ostream& err = environment.err;
  options.on_warning = [&err](std::string_view text) { err << "Warning: " << text << "\n"; };
  session->client_ = std::make_unique<Client>(session->transport_, options);
  return session;
}

Result<const ServedKinds*> Session::discovery() {
  if (!discovery_) {
    NOIZY_ASSIGN_OR_RETURN(discovery_, ServedKinds::Discover(*client_));
  }
  return &*discovery_;
}

Result<Value> Session::GetValue(const std::string& path, std::string_view accept) const {
  NOIZY_ASSIGN_OR_RETURN(const std::string text, client_->GetRaw(path, accept));
  Result<Value> value = ParseJson(text);
  if (value.ok()) return value;
  return Internal("the server's reply to GET " + path + " is no JSON: " + value.status().message());
}

Status StreamGet(const Session& session, const std::string& path, std::string_view accept,
                 const TextStream& stream) {
  HttpRequest request;
  request.method = "GET";
  const std::size_t mark = path.find('?');
  request.path = path.substr(0, mark);
  if (mark != std::string::npos) request.query = path.substr(mark + 1);
  request.headers = {{"Accept", std::string(accept)}};
  HttpReply failure;
  HttpTransport::StreamSink sink;
  sink.on_headers = [&](int code, const HttpHeaders& headers) {
    failure.code = code;
    failure.headers = headers;
    return true;
  };
  sink.on_piece = [&](std::string_view piece) {
    if (failure.code / 100 == 2) return stream.on_piece(piece);
    failure.body.emplace_back(std::string(piece));
    return true;
  };
  sink.cancelled = stream.cancelled;
  NOIZY_RETURN_IF_ERROR(session.client().transport().Stream(request, sink));
  return failure.code / 100 == 2 ? Status::Ok() : StatusOfReply(failure);
}

Status WatchPath(const Session& session, const std::string& path, std::string_view accept,
                 const WatchFeed& feed) {
  EventLines lines(feed);
  const TextStream stream{
      .on_piece = [&lines](std::string_view piece) { return lines.Feed(piece); },
      .cancelled = feed.cancelled};
  NOIZY_RETURN_IF_ERROR(StreamGet(session, path, accept, stream));
  return lines.status();
}

void AddParameter(std::string& query, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (!query.empty()) query += '&';
  query += std::string(name) + "=" + PercentEncode(value);
}

std::string WithQuery(std::string path, const std::string& query) {
  if (!query.empty()) path += "?" + query;
  return path;
}

}  // namespace noizy::cli
