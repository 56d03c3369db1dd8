#include "apiserver/filters/transaction.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>
#include <vector>

#include "apiserver/resources/negotiate.h"
#include "machinery/meta/status_object.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

constexpr std::array<std::string_view, 4> kMethods = {"POST", "PUT", "PATCH", "DELETE"};
constexpr int kOk = 200;
constexpr int kFirstError = 400;
constexpr int kConflict = 409;

// The answers of all members, and through them the transaction's.
class Replies {
 public:
  Replies(RequestPtr request, std::size_t members)
      : request_(std::move(request)), replies_(members), left_(members) {}

  // Once a member, each from its own thread.
  void Set(std::size_t member, HttpReply reply) {
    replies_[member] = std::move(reply);
    if (left_.fetch_sub(1) == 1) Send();
  }

 private:
  // A conflict may be another's fault; what is none was refused for its own sake.
  int Code() const {
    int code = kOk;
    for (const HttpReply& reply : replies_) {
      if (reply.code >= kFirstError && (code == kOk || code == kConflict)) code = reply.code;
    }
    return code;
  }

  void Send() {
    HttpReply whole;
    whole.code = Code();
    whole.headers = {{"Content-Type", "application/json"}};
    std::string_view open = R"({"replies":[{"code":)";
    for (HttpReply& reply : replies_) {
      whole.body.emplace_back(std::string(open) + std::to_string(reply.code) + R"(,"body":)");
      if (reply.body.empty()) whole.body.push_back(SharedBytes::Static("null"));
      for (SharedBytes& piece : reply.body) whole.body.push_back(std::move(piece));
      open = R"(},{"code":)";
    }
    whole.body.push_back(SharedBytes::Static("}]}\n"));
    request_->exchange->Reply(std::move(whole));
  }

  const RequestPtr request_;
  std::vector<HttpReply> replies_;
  std::atomic<std::size_t> left_;
};

Status StatusOf(const HttpReply& reply) {
  if (reply.code < kFirstError) return Status::Ok();
  const Result<Value> body = ParseJson(reply.BodyText());
  return body.ok() ? StatusFromValue(*body) : Status(ReasonFromHttpCode(reply.code), "refused");
}

// A stream that nobody reads: writes have none.
class NoStream final : public HttpStream {
 public:
  void Write(std::vector<SharedBytes> /*pieces*/) override {}
  std::size_t QueuedBytes() const override { return 0; }
  void Close() override {}
};

class MemberExchange final : public HttpExchange {
 public:
  MemberExchange(HttpRequest request, std::size_t index, std::shared_ptr<Replies> replies,
                 std::shared_ptr<GroupMember> member)
      : request_(std::move(request)),
        index_(index),
        replies_(std::move(replies)),
        member_(std::move(member)) {}
  ~MemberExchange() override {
    if (!answered_) Reply(StatusReply(Internal("the request was dropped without an answer")));
  }
  MemberExchange(const MemberExchange&) = delete;
  MemberExchange& operator=(const MemberExchange&) = delete;

  const HttpRequest& request() const override { return request_; }
  void Reply(HttpReply reply) override {
    if (answered_.exchange(true)) return;
    member_->Answered(StatusOf(reply));
    replies_->Set(index_, std::move(reply));
  }
  std::shared_ptr<HttpStream> Stream(int /*code*/, HttpHeaders /*headers*/,
                                     HttpStreamEvents /*events*/) override {
    Reply(StatusReply(BadRequest("a transaction is made of writes")));
    return std::make_shared<NoStream>();
  }

 private:
  const HttpRequest request_;
  const std::size_t index_;
  const std::shared_ptr<Replies> replies_;
  const std::shared_ptr<GroupMember> member_;
  std::atomic<bool> answered_ = false;
};

// A member comes from whom the transaction comes, and asks for JSON whatever else that one takes.
Result<HttpRequest> ReadMember(const HttpRequest& whole, const Value& member) {
  HttpRequest request;
  request.method = StringAt(member, {"method"});
  request.path = StringAt(member, {"path"});
  request.query = StringAt(member, {"query"});
  if (std::ranges::find(kMethods, request.method) == kMethods.end())
    return BadRequest("a transaction is made of POST, PUT, PATCH and DELETE");
  if (!request.path.starts_with("/api")) return BadRequest("a transaction writes objects");
  for (const std::string_view name : {"Authorization", "User-Agent", "Impersonate-User",
                                      "Impersonate-Group", "Impersonate-Uid"}) {
    if (const std::string_view text = FindHeader(whole.headers, name); !text.empty())
      request.headers.emplace_back(name, text);
  }
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("Content-Type", StringAt(member, {"contentType"}));
  if (const Value* body = Find(member, {"body"})) request.body = ToJson(*body);
  request.peer = whole.peer;
  request.remote_address = whole.remote_address;
  return request;
}

Result<std::vector<HttpRequest>> ReadMembers(const RequestContext& context) {
  if (context.request().method != "POST") return MethodNotAllowed();
  NOIZY_ASSIGN_OR_RETURN(const Value body, ParseBody(context, nullptr));
  const Array* members = ArrayAt(body, {"requests"});
  if (members == nullptr || members->empty())
    return BadRequest("requests: a transaction has at least one");
  if (members->size() > kMostTransactionRequests)
    return BadRequest("requests: a transaction has at most " +
                      std::to_string(kMostTransactionRequests));
  std::vector<HttpRequest> requests;
  for (const Value& member : *members) {
    NOIZY_ASSIGN_OR_RETURN(HttpRequest request, ReadMember(context.request(), member));
    requests.push_back(std::move(request));
  }
  return requests;
}

}  // namespace

void HandleTransaction(Store& store, const RequestPtr& request, const MemberHandler& handle) {
  Result<std::vector<HttpRequest>> members = ReadMembers(*request);
  if (!members.ok()) return ReplyStatus(*request, members.status());
  const auto replies = std::make_shared<Replies>(request, members->size());
  const auto group = std::make_shared<WriteGroup>(store, members->size());
  for (std::size_t i = 0; i < members->size(); ++i) {
    const auto member = std::make_shared<GroupMember>(group);
    handle(std::make_shared<MemberExchange>(std::move((*members)[i]), i, replies, member), member);
  }
}

}  // namespace noizy::apiserver
