#include "apiserver/filters/audit.h"

#include <algorithm>
#include <cctype>

#include "apiserver/audit/audit_event.h"
#include "machinery/base/random.h"

namespace noizy::apiserver {
namespace {

constexpr std::size_t kMaxIdBytes = 64;

// A client may name its request, so that its own log and this one can be laid side by side.
std::string AuditIdOf(const HttpRequest& request) {
  const std::string_view given = FindHeader(request.headers, "Audit-Id");
  const bool plain = std::ranges::all_of(
      given, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
  if (given.empty() || given.size() > kMaxIdBytes || !plain) return SystemRandom::Instance().Uuid();
  return std::string(given);
}

void Report(const AuditOptions& options, const Clock& clock, const RequestContext& context,
            std::string_view id, AuditStage stage, int code = 0, const HttpReply* reply = nullptr) {
  const Access access = context.access();
  const Identity& user = context.impersonator ? *context.impersonator : context.identity;
  AuditRecord record;
  record.level = options.policy.LevelFor(user, access, stage);
  if (record.level == AuditLevel::kNone) return;
  record.id = id;
  record.stage = stage;
  record.request = &context.request();
  record.access = &access;
  record.api_version = context.target.version;
  record.user = &user;
  record.impersonated = context.impersonator ? &context.identity : nullptr;
  record.code = code;
  record.reply = reply;
  record.now = clock.Now();
  record.received = record.now - (clock.Monotonic() - context.received);
  options.log->Write(AuditLine(record));
}

}  // namespace

void AuditRequest(const AuditOptions& options, const Clock& clock,
                  const std::shared_ptr<RequestContext>& context, ObservedExchange& exchange) {
  if (options.log == nullptr) return;
  exchange.audit_id = AuditIdOf(context->request());
  // Whoever answers holds the context; the exchange, which the context holds, must not.
  exchange.on_answer = [&options, &clock, weak = std::weak_ptr<RequestContext>(context),
                        id = exchange.audit_id](int code, const HttpReply* reply) {
    const AuditStage stage =
        reply == nullptr ? AuditStage::kResponseStarted : AuditStage::kResponseComplete;
    if (const auto request = weak.lock()) Report(options, clock, *request, id, stage, code, reply);
  };
}

void AuditReceived(const AuditOptions& options, const Clock& clock, const RequestContext& context,
                   const ObservedExchange& exchange) {
  if (options.log == nullptr || !options.policy.Writes(AuditStage::kRequestReceived)) return;
  Report(options, clock, context, exchange.audit_id, AuditStage::kRequestReceived);
}

}  // namespace noizy::apiserver
