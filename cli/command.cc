#include "cli/command.h"

namespace noizy::cli {
namespace {

constexpr Flag kGlobalFlags[] = {
    {"namespace", 'n', FlagKind::kText, "NAME",
     "the namespace; by default the context's, else \"default\""},
    {"kubeconfig", 0, FlagKind::kText, "FILE", "where the server and the login are written"},
    {"context", 0, FlagKind::kText, "NAME", "the kubeconfig's context; by default its current one"},
    {"request-timeout", 0, FlagKind::kText, "DURATION", "how long one request may take (30s)"},
    {"help", 'h', FlagKind::kSwitch, "", "show what a command does and takes"}};

/// What to do about a failure, where the message alone does not say.
std::string_view MendFor(const Status& failure) {
  switch (failure.reason()) {
    case StatusReason::kServiceUnavailable:
      return "`noizy up` starts one";
    case StatusReason::kConflict:
      return "somebody changed it meanwhile: read it again and repeat the change";
    case StatusReason::kUnauthorized:
      return "check the kubeconfig's certificate or token";
    default:
      return "";
  }
}

}  // namespace

std::span<const Flag> GlobalFlags() {
  return kGlobalFlags;
}

Result<Session*> Invocation::session() {
  if (session_ == nullptr) {
    NOIZY_ASSIGN_OR_RETURN(session_, Session::Open(environment_, flags()));
  }
  return session_.get();
}

void Invocation::Say(const Status& failure) const {
  err() << FailureLine(failure) << "\n";
}

std::string FailureLine(const Status& failure) {
  std::string line = "error: ";
  for (const char c : failure.message()) line += c == '\n' || c == '\r' ? ' ' : c;
  const std::string_view mend = MendFor(failure);
  if (!mend.empty()) line += " (" + std::string(mend) + ")";
  return line;
}

}  // namespace noizy::cli
