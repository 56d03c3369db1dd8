#include "machinery/client/client.h"

#include <charconv>

#include "machinery/client/request.h"
#include "machinery/meta/status_object.h"
#include "machinery/transport/pipelined.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

void SetHeader(HttpRequest& request, std::string_view name, std::string value) {
  for (auto& [existing, text] : request.headers) {
    if (existing == name) {
      text = std::move(value);
      return;
    }
  }
  request.headers.emplace_back(name, std::move(value));
}

std::optional<int> RetryAfterOf(const HttpHeaders& headers) {
  const std::string_view text = FindHeader(headers, "Retry-After");
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  // The other form, a date, is not what API servers send.
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return seconds;
}

// Proxies and load balancers answer in HTML or plain text: the code is all there is to go by.
Status StatusOfCode(const HttpReply& reply, std::string_view text) {
  constexpr std::size_t kQuotedBytes = 200;
  std::string message = "the server answered " + std::to_string(reply.code);
  if (!text.empty()) message += ": " + std::string(text.substr(0, kQuotedBytes));
  while (message.ends_with('\n')) message.pop_back();
  return {ReasonFromHttpCode(reply.code), std::move(message)};
}

bool IsStatusObject(const Value& value) {
  return StringAt(value, {"kind"}) == "Status";
}

}  // namespace

Status StatusOfReply(const HttpReply& reply) {
  const std::string text = reply.BodyText();
  const Result<Value> body = ParseJson(text);
  Status status =
      body.ok() && IsStatusObject(*body) ? StatusFromValue(*body) : StatusOfCode(reply, text);
  // A refusal whose body says nothing of use is still a refusal.
  if (status.ok()) status = StatusOfCode(reply, text);
  if (status.reason() == StatusReason::kUnknown) {
    status = Status(ReasonFromHttpCode(reply.code), status.message(), status.details());
  }
  const auto retry_after = RetryAfterOf(reply.headers);
  if (!retry_after || status.details().retry_after_seconds.value_or(0) > 0) return status;
  StatusDetails details = status.details();
  details.retry_after_seconds = retry_after;
  return status.WithDetails(std::move(details));
}

std::vector<std::string> WarningsOf(const HttpHeaders& headers) {
  std::vector<std::string> warnings;
  for (const auto& header : headers) {
    if (FindHeader({header}, "Warning").empty()) continue;
    const std::string& value = header.second;
    const auto open = value.find('"');
    if (!value.starts_with("299 ") || open == std::string::npos) continue;
    std::string text;
    for (std::size_t i = open + 1; i < value.size() && value[i] != '"'; ++i) {
      if (value[i] == '\\' && i + 1 < value.size()) ++i;
      text += value[i];
    }
    warnings.push_back(std::move(text));
  }
  return warnings;
}

namespace {

void Tell(const HttpHeaders& headers, const WarningHandler& tell) {
  if (!tell) return;
  for (const std::string& warning : WarningsOf(headers)) tell(warning);
}

Status Check(const Result<HttpReply>& reply, const WarningHandler& on_warning) {
  if (!reply.ok()) return reply.status();
  Tell(reply->headers, on_warning);
  if (reply->code < 200 || reply->code > 299) return StatusOfReply(*reply);
  return Status::Ok();
}

std::vector<Status> CheckAll(const std::vector<Result<HttpReply>>& replies,
                             const WarningHandler& on_warning) {
  std::vector<Status> checked;
  for (const Result<HttpReply>& reply : replies) checked.push_back(Check(reply, on_warning));
  return checked;
}

std::vector<HttpRequest> RequestsOf(const std::vector<PatchCall>& calls,
                                    const WriteOptions& options) {
  std::vector<HttpRequest> requests;
  for (const PatchCall& call : calls) {
    requests.push_back(MakeRequest("PATCH",
                                   call.resource.Path(call.key.ns, call.key.name, call.subresource),
                                   QueryOf(options), ToJson(call.patch), ContentTypeOf(call.type)));
  }
  return requests;
}

}  // namespace

void Client::TellWarnings(const HttpHeaders& headers) const {
  Tell(headers, options_.on_warning);
}

Result<HttpReply> Client::Send(const HttpRequest& request) const {
  Result<HttpReply> reply = transport_->Do(request, options_.timeout);
  NOIZY_RETURN_IF_ERROR(Check(reply, options_.on_warning));
  return reply;
}

std::vector<Status> Client::SendAll(const std::vector<HttpRequest>& requests) const {
  return CheckAll(transport_->DoAll(requests, options_.timeout), options_.on_warning);
}

Result<Value> Client::SendForObject(const HttpRequest& request) const {
  NOIZY_ASSIGN_OR_RETURN(const HttpReply reply, Send(request));
  Result<Value> object = ParseJson(reply.BodyText());
  if (!object.ok()) return Internal("the server's reply is no JSON: " + object.status().message());
  return object;
}

Result<Value> Client::Get(const ResourceRef& resource, const ObjectKey& key) const {
  return SendForObject(MakeRequest("GET", resource.Path(key.ns, key.name)));
}

Result<ObjectList> Client::List(const ResourceRef& resource, std::string_view ns,
                                const ListQuery& query) const {
  HttpRequest request = MakeRequest("GET", resource.Path(ns, {}), QueryOf(query));
  SetHeader(request, "Accept", AcceptOf(query));
  NOIZY_ASSIGN_OR_RETURN(const HttpReply reply, Send(request));
  return ListOfReply(reply);
}

Result<Value> Client::Create(const ResourceRef& resource, std::string_view ns, const Value& object,
                             const WriteOptions& options) const {
  return SendForObject(
      MakeRequest("POST", resource.Path(ns, {}), QueryOf(options), ToJson(object)));
}

Result<Value> Client::Update(const ResourceRef& resource, const ObjectKey& key, const Value& object,
                             const WriteOptions& options, std::string_view subresource) const {
  return SendForObject(MakeRequest("PUT", resource.Path(key.ns, key.name, subresource),
                                   QueryOf(options), ToJson(object)));
}

Result<Value> Client::UpdateStatus(const ResourceRef& resource, const ObjectKey& key,
                                   const Value& object, const WriteOptions& options) const {
  return Update(resource, key, object, options, "status");
}

Result<Value> Client::Patch(const ResourceRef& resource, const ObjectKey& key, PatchType type,
                            const Value& patch, const WriteOptions& options,
                            std::string_view subresource) const {
  return SendForObject(MakeRequest("PATCH", resource.Path(key.ns, key.name, subresource),
                                   QueryOf(options), ToJson(patch), ContentTypeOf(type)));
}

std::vector<Status> Client::PatchAll(const std::vector<PatchCall>& calls,
                                     const WriteOptions& options) const {
  return SendAll(RequestsOf(calls, options));
}

std::optional<std::vector<Status>> Client::PatchAllLater(
    const std::vector<PatchCall>& calls, const WriteOptions& options,
    std::function<void(std::vector<Status>)> done) const {
  auto* const pipelined = dynamic_cast<PipelinedTransport*>(transport_.get());
  if (pipelined == nullptr) return PatchAll(calls, options);
  pipelined->DoAllLater(RequestsOf(calls, options),
                        [done = std::move(done), tell = options_.on_warning](const auto& replies) {
                          done(CheckAll(replies, tell));
                        });
  return std::nullopt;
}

// The transaction of filters/transaction.h: each reply as it would have been alone.
std::vector<Status> Client::PatchTogether(const std::vector<PatchCall>& calls,
                                          const WriteOptions& options) const {
  Array requests;
  for (const PatchCall& call : calls) {
    requests.push_back(
        Object{{"method", "PATCH"},
               {"path", call.resource.Path(call.key.ns, call.key.name, call.subresource)},
               {"query", QueryOf(options)},
               {"contentType", ContentTypeOf(call.type)},
               {"body", call.patch}});
  }
  const Result<HttpReply> reply =
      transport_->Do(MakeRequest("POST", "/noizy/v1/transactions", {},
                                 ToJson(Object{{"requests", std::move(requests)}})),
                     options_.timeout);
  if (!reply.ok()) return std::vector<Status>(calls.size(), reply.status());
  const Result<Value> body = ParseJson(reply->BodyText());
  const Array* replies = body.ok() ? ArrayAt(*body, {"replies"}) : nullptr;
  if (replies == nullptr || replies->size() != calls.size())
    return std::vector<Status>(calls.size(), StatusOfReply(*reply));
  std::vector<Status> written;
  for (const Value& one : *replies) {
    const Value* said = Find(one, {"body"});
    written.push_back(said != nullptr && IsStatusObject(*said) ? StatusFromValue(*said)
                                                               : Status::Ok());
  }
  return written;
}

std::vector<Status> Client::CreateAll(const std::vector<CreateCall>& calls,
                                      const WriteOptions& options) const {
  std::vector<HttpRequest> requests;
  for (const CreateCall& call : calls) {
    requests.push_back(MakeRequest("POST", call.resource.Path(call.ns, {}), QueryOf(options),
                                   ToJson(call.object)));
  }
  return SendAll(requests);
}

Result<Value> Client::Delete(const ResourceRef& resource, const ObjectKey& key,
                             const DeleteOptions& options) const {
  return SendForObject(MakeRequest("DELETE", resource.Path(key.ns, key.name), {}, BodyOf(options)));
}

Status Client::DeleteCollection(const ResourceRef& resource, std::string_view ns,
                                const ListQuery& query, const DeleteOptions& options) const {
  return Send(MakeRequest("DELETE", resource.Path(ns, {}), QueryOf(query), BodyOf(options)))
      .status();
}

Result<std::string> Client::GetRaw(std::string_view path, std::string_view accept) const {
  const auto mark = path.find('?');
  HttpRequest request = MakeRequest(
      "GET", std::string(path.substr(0, mark)),
      mark == std::string_view::npos ? std::string() : std::string(path.substr(mark + 1)));
  SetHeader(request, "Accept", std::string(accept));
  NOIZY_ASSIGN_OR_RETURN(const HttpReply reply, Send(request));
  return reply.BodyText();
}

}  // namespace noizy
