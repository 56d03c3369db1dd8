// list: a consistent snapshot, whole or in pages. A continue token carries the snapshot's revision,
// so pages fit together although others write in between; when the snapshot has left the window the
// token is Expired and the client starts over.
#include <charconv>

#include "apiserver/resources/list_options.h"
#include "apiserver/resources/query.h"
#include "apiserver/resources/render.h"
#include "apiserver/resources/verbs.h"
#include "machinery/meta/status_object.h"
#include "machinery/value/base64.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

struct PageRequest {
  ListOptions options;
  std::size_t limit = 0;  // after filtering; 0: all
};

std::string EncodeToken(std::int64_t revision, const StoreKey& last) {
  return EncodeBase64(ToJson(
      Object{{"v", "noizy.dev/v1"}, {"rv", revision}, {"ns", last.ns}, {"name", last.name}}));
}

Status ReadToken(std::string_view token, ListOptions& options) {
  const Status invalid = BadRequest("continue key is not valid: list again without it");
  const Result<std::string> text = DecodeBase64(token);
  if (!text.ok()) return invalid;
  const Result<Value> value = ParseJson(*text);
  if (!value.ok() || StringAt(*value, {"v"}) != "noizy.dev/v1") return invalid;
  options.at_revision = IntAt(*value, {"rv"}).value_or(0);
  options.after = {std::string(StringAt(*value, {"ns"})), std::string(StringAt(*value, {"name"}))};
  return Status::Ok();
}

Result<std::size_t> ReadLimit(std::string_view text) {
  if (text.empty()) return 0;
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error == std::errc() && end == text.data() + text.size()) return limit;
  return BadRequest("invalid limit \"" + std::string(text) + "\": must be a whole number");
}

// resourceVersion and resourceVersionMatch: reads are served from memory and always the newest, so
// NotOlderThan only has to refuse revisions that are still to come; Exact reads the past. A page of
// a certain revision is Exact too, as it was before there was a resourceVersionMatch.
Status ReadVersion(const RequestContext& context, const Store& store, PageRequest& page) {
  NOIZY_ASSIGN_OR_RETURN(const std::int64_t revision, ReadRevision(context, "resourceVersion"));
  const std::string_view match = context.Parameter("resourceVersionMatch");
  if (match == "Exact" || (match.empty() && page.limit > 0)) page.options.at_revision = revision;
  return CheckNotInFuture(revision, store);
}

Result<PageRequest> ReadPage(const RequestContext& context, const Store& store) {
  NOIZY_RETURN_IF_ERROR(CheckListOptions(context));
  PageRequest page;
  NOIZY_ASSIGN_OR_RETURN(page.limit, ReadLimit(context.Parameter("limit")));
  const std::string_view token = context.Parameter("continue");
  if (token.empty()) {
    NOIZY_RETURN_IF_ERROR(ReadVersion(context, store, page));
    return page;
  }
  const std::string_view revision = context.Parameter("resourceVersion");
  if (!revision.empty() && revision != "0")
    return BadRequest("specifying resource version is not allowed when using continue");
  NOIZY_RETURN_IF_ERROR(ReadToken(token, page.options));
  return page;
}

// A snapshot that has left the window cannot be continued. The answer holds a token that goes on
// from the same place in the newest state, for those to whom a consistent list does not matter.
void ReplyExpired(const RequestContext& context, const PageRequest& page) {
  Value body = StatusToValue(Status(
      StatusReason::kExpired,
      "The provided continue parameter is too old to display a consistent list result. You can "
      "start a new list without the continue parameter, or use the continue token in this response "
      "to retrieve the remainder of the results. Continuing with the provided token results in an "
      "inconsistent list - objects that were created, modified, or deleted between the time the "
      "first chunk was returned and now may show up in the list."));
  const auto& [ns, name] = page.options.after;
  Set(body, {"metadata", "continue"}, Value(EncodeToken(0, {"", ns, name})));
  ReplyJson(context, HttpCode(StatusReason::kExpired), body);
}

// Fills a page: with a selector several reads of the same snapshot may be needed.
Result<ListPage> FillPage(const Store& store, const Scope& scope, const ObjectFilter& filter,
                          PageRequest page) {
  ListPage filled;
  while (true) {
    page.options.limit = page.limit == 0 ? 0 : page.limit - filled.items.size();
    NOIZY_ASSIGN_OR_RETURN(Listing listing, store.List(scope, page.options));
    filled.revision = page.options.at_revision = listing.revision;
    const bool more = listing.remaining > 0;
    const StoreKey last = listing.items.empty() ? StoreKey() : listing.items.back()->key;
    if (filter.empty() && filled.items.empty()) {
      filled.items = std::move(listing.items);
    } else {
      for (StoredObjectPtr& object : listing.items) {
        if (filter.Matches(*object)) filled.items.push_back(std::move(object));
      }
    }
    if (!more) return filled;
    if (filled.items.size() >= page.limit) {
      filled.continue_token = EncodeToken(listing.revision, last);
      if (filter.empty()) filled.remaining = listing.remaining;
      return filled;
    }
    page.options.after = {last.ns, last.name};
  }
}

}  // namespace

void HandleList(const VerbContext& verbs, const RequestPtr& request) {
  const Result<ReplyFormat> format = NegotiateReply(*request);
  if (!format.ok()) return ReplyStatus(*request, format.status());
  const Result<ObjectFilter> filter = ReadFilter(*request);
  if (!filter.ok()) return ReplyStatus(*request, filter.status());
  const Result<PageRequest> page = ReadPage(*request, verbs.store);
  if (!page.ok()) return ReplyStatus(*request, page.status());
  const Result<ListPage> filled = FillPage(verbs.store, ScopeOf(*request, *filter), *filter, *page);
  const bool continued = !request->Parameter("continue").empty();
  if (filled.status().reason() == StatusReason::kExpired && continued)
    return ReplyExpired(*request, *page);
  if (!filled.ok()) return ReplyStatus(*request, filled.status());
  Result<std::vector<SharedBytes>> body =
      RenderList(*request->kind, *filled, *format, verbs.clock.Now());
  if (!body.ok()) return ReplyStatus(*request, body.status());
  HttpHeaders headers{{"Content-Type", std::string(ContentTypeOf(*format))}};
  AddDeprecation(headers, *request->kind);
  HttpReply reply{200, std::move(headers), *std::move(body)};
  MakePretty(*request, reply);
  ReplyLarge(*request, std::move(reply));
}

}  // namespace noizy::apiserver
