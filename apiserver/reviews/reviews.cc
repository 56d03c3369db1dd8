#include "apiserver/reviews/reviews.h"

#include "apiserver/resources/body.h"
#include "apiserver/resources/negotiate.h"
#include "apiserver/resources/prepare.h"
#include "apiserver/resources/query.h"
#include "apiserver/reviews/access_reviews.h"
#include "apiserver/reviews/token_reviews.h"

namespace noizy::apiserver {
namespace {

// Reads the question as any object is read: the kind's schema says what it must look like.
Result<Value> ReadQuestion(const RequestContext& context) {
  NOIZY_ASSIGN_OR_RETURN(WritePolicy policy, ReadWritePolicy(context));
  NOIZY_ASSIGN_OR_RETURN(Value object, ReadObject(context, policy));
  Remove(object, {"status"});
  std::vector<std::string> warnings;
  NOIZY_RETURN_IF_ERROR(
      AdmitObject({*context.kind, Subresource::kNone, nullptr, object}, policy, warnings));
  return object;
}

Result<Value> MakeToken(ServiceAccountTokens& tokens, const RequestContext& context) {
  NOIZY_ASSIGN_OR_RETURN(Value body, ParseBody(context, nullptr));
  if (!body.is_object()) return BadRequest("the body must be one object of kind TokenRequest");
  NOIZY_ASSIGN_OR_RETURN(const TokenWish wish,
                         ReadTokenRequest(body, context.target.ns, context.target.name));
  NOIZY_RETURN_IF_ERROR(AnswerTokenRequest(tokens, wish, body));
  return body;
}

// What fills in a question's status.
using Answer = std::function<Status(const RequestContext& context, Value& question)>;

RequestHandler Answering(Answer answer) {
  return [answer = std::move(answer)](const RequestPtr& request) {
    Result<Value> question = ReadQuestion(*request);
    if (!question.ok()) return ReplyStatus(*request, question.status());
    if (const Status status = answer(*request, *question); !status.ok())
      return ReplyStatus(*request, status);
    ReplyJson(*request, 201, *question);
  };
}

}  // namespace

std::map<std::string, RequestHandler, std::less<>> ReviewServer::Questions() {
  const auto self = [this](const RequestContext& context, Value& question) {
    return AnswerAccess(authorizer_, context.identity, question);
  };
  const auto other = [this](const RequestContext&, Value& question) {
    NOIZY_ASSIGN_OR_RETURN(const Identity subject, SubjectOf(question));
    return AnswerAccess(authorizer_, subject, question);
  };
  const auto rules = [this](const RequestContext& context, Value& question) {
    return AnswerRules(authorizer_, context.identity, question);
  };
  const auto who = [](const RequestContext& context, Value& question) {
    Set(question, {"status", "userInfo"}, UserInfo(context.identity));
    return Status::Ok();
  };
  std::map<std::string, RequestHandler, std::less<>> questions = {
      {"selfsubjectaccessreviews.authorization.k8s.io", Answering(self)},
      {"subjectaccessreviews.authorization.k8s.io", Answering(other)},
      {"localsubjectaccessreviews.authorization.k8s.io", Answering(other)},
      {"selfsubjectrulesreviews.authorization.k8s.io", Answering(rules)},
      {"selfsubjectreviews.authentication.k8s.io", Answering(who)}};
  if (tokens_ == nullptr) return questions;
  questions.emplace("tokenreviews.authentication.k8s.io",
                    Answering([this](const RequestContext&, Value& question) {
                      return AnswerTokenReview(*tokens_, question);
                    }));
  return questions;
}

std::map<std::string, RequestHandler, std::less<>> ReviewServer::Subresources() {
  if (tokens_ == nullptr) return {};
  return {{"serviceaccounts/token", [this](const RequestPtr& request) {
             if (request->target.verb != "create") {
               return ReplyStatus(*request, MethodNotAllowed());
             }
             Result<Value> issued = MakeToken(*tokens_, *request);
             if (!issued.ok()) return ReplyStatus(*request, issued.status());
             ReplyJson(*request, 201, *issued);
           }}};
}

}  // namespace noizy::apiserver
