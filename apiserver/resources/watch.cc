#include <charconv>

#include "apiserver/resources/list_options.h"
#include "apiserver/resources/watch_session.h"
#include "machinery/base/random.h"

namespace noizy::apiserver {
namespace {

// Without timeoutSeconds a watch ends after 30 to 60 minutes (Kubernetes' range), spread so that
// clients do not come back all at once.
constexpr std::int64_t kDefaultTimeoutSeconds = 1800;

Result<Duration> ReadTimeout(const RequestContext& context) {
  const std::string_view text = context.Parameter("timeoutSeconds");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!text.empty() && (error != std::errc() || end != text.data() + text.size() || seconds < 0)) {
    return BadRequest("invalid timeoutSeconds \"" + std::string(text) +
                      "\": must be a whole number of seconds");
  }
  if (seconds > 0) return Duration(std::chrono::seconds(seconds));
  return Duration(std::chrono::seconds(
      kDefaultTimeoutSeconds +
      static_cast<std::int64_t>(SystemRandom::Instance().Below(kDefaultTimeoutSeconds))));
}

Result<WatchOptions> ReadWatch(const RequestContext& context, const Store& store) {
  NOIZY_RETURN_IF_ERROR(CheckWatchOptions(context));
  WatchOptions options;
  NOIZY_ASSIGN_OR_RETURN(options.format, NegotiateReply(context));
  if (options.format.encoding != ReplyEncoding::kJson) {
    return Status(StatusReason::kNotAcceptable,
                  "a watch is a stream of JSON: accept application/json");
  }
  NOIZY_ASSIGN_OR_RETURN(options.filter, ReadFilter(context));
  NOIZY_ASSIGN_OR_RETURN(options.after_revision, ReadRevision(context, "resourceVersion"));
  NOIZY_ASSIGN_OR_RETURN(options.timeout, ReadTimeout(context));
  options.scope = ScopeOf(context, options.filter);
  options.bookmarks = context.Flag("allowWatchBookmarks");
  const std::string_view send = context.Parameter("sendInitialEvents");
  const bool from_any = options.after_revision == 0;
  options.initial_events = send.empty() ? from_any : ParseBoolParameter(send);
  // As kube-apiserver: also a plain watch without a resourceVersion that takes bookmarks learns
  // where its initial events end.
  options.initial_bookmark = options.bookmarks && options.initial_events;
  NOIZY_RETURN_IF_ERROR(CheckNotInFuture(options.after_revision, store));
  // What there is now, or only what comes from now on.
  if (options.initial_events || from_any) options.after_revision = store.Revision();
  return options;
}

}  // namespace

void HandleWatch(const VerbContext& verbs, const RequestPtr& request) {
  Result<WatchOptions> options = ReadWatch(*request, verbs.store);
  if (!options.ok()) return ReplyStatus(*request, options.status());
  auto session = std::make_shared<WatchSession>(verbs, request, *std::move(options));
  verbs.watch_executor.Post([session] { session->Start(); });
}

}  // namespace noizy::apiserver
