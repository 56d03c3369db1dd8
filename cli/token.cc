#include <algorithm>

#include "cli/certificates.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "machinery/meta/meta.h"
#include "machinery/meta/time.h"
#include "machinery/value/base64.h"
#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    {"ttl", 0, FlagKind::kText, "DURATION", "how long the token can be used (1h)"},
    {"node-name", 0, FlagKind::kText, "NAME", "only a machine of this name may use it"}};

Result<int> RunTokenCreate(Invocation& invocation) {
  const FlagValues& flags = invocation.flags();
  if (!invocation.words().empty()) return WrongUsage("token create takes no words");
  NOIZY_ASSIGN_OR_RETURN(const Duration ttl, flags.Span("ttl", std::chrono::hours(1)));
  if (ttl < std::chrono::seconds(1)) return WrongUsage("flag --ttl wants a second or more");
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  const std::string_view node = flags.Text("node-name");
  Object body{{"ttlSeconds",
               static_cast<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(ttl).count())}};
  if (!node.empty()) body["nodeName"] = boost::json::string(node);
  HttpRequest request;
  request.method = "POST";
  request.path = "/noizy/v1/tokens";
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  request.body = ToJson(body);
  NOIZY_ASSIGN_OR_RETURN(const HttpReply reply, session->client().transport().Do(
                                                    request, std::chrono::milliseconds(30'000)));
  if (reply.code / 100 != 2) return StatusOfReply(reply);
  NOIZY_ASSIGN_OR_RETURN(const Value answer, ParseJson(reply.BodyText()));
  const std::string token(StringAt(answer, {"token"}));
  if (token.empty()) return Internal("the server's reply to POST /noizy/v1/tokens holds no token");
  invocation.err() << "On the machine that is to join, run:\n\n  noizy agent --join "
                   << StringAt(answer, {"endpoint"}) << " --token " << token << " --ca-hash "
                   << StringAt(answer, {"caHash"}) << " --name " << (node.empty() ? "NAME" : node)
                   << "\n\n";
  invocation.out() << token << std::endl;
  return kExitOk;
}

constexpr std::string_view kTokenNamespace = "noizy-system";
constexpr std::string_view kSecretPrefix = "join-token-";

std::string Member(const Value& secret, std::string_view name) {
  return DecodeBase64(StringAt(secret, {"data", name})).ValueOr("");
}

Result<int> RunTokenList(Invocation& invocation) {
  if (!invocation.words().empty()) return WrongUsage("token list takes no words");
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const ObjectList list,
                         session->client().List(kSecrets, kTokenNamespace,
                                                {.field_selector = "type=noizy.dev/join-token"}));
  const WallTime now = invocation.environment().clock.Now();
  TextTable table;
  table.AddRow({"ID", "NODE", "EXPIRES"});
  for (const Value& secret : list.items) {
    const auto end = ParseTime(Member(secret, "expiration"));
    const std::string node = Member(secret, "node-name");
    const bool good = end.ok() && *end > now;
    table.AddRow({std::string(NameOf(secret).substr(kSecretPrefix.size())),
                  node.empty() ? "<any>" : node,
                  good ? "in " + HumanDuration(*end - now) : "expired"});
  }
  invocation.out() << table.Print();
  return kExitOk;
}

// A token is named by its first part, which is no secret; the whole token is understood, too.
Result<int> RunTokenRevoke(Invocation& invocation) {
  if (invocation.words().empty()) return WrongUsage("say which tokens: ID… (noizy token list)");
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  for (const std::string& word : invocation.words()) {
    const std::string id(std::string_view(word).substr(0, std::min(word.find('.'), word.size())));
    const ObjectKey key{std::string(kTokenNamespace), std::string(kSecretPrefix).append(id)};
    const Status deleted = session->client().Delete(kSecrets, key).status();
    if (deleted.reason() == StatusReason::kNotFound) {
      return Status(StatusReason::kNotFound,
                    "there is no join token " + id + "; it may have been used or have expired");
    }
    NOIZY_RETURN_IF_ERROR(deleted);
    invocation.out() << "join token " << id << " revoked\n";
  }
  return kExitOk;
}

}  // namespace

const Command kTokenList = {.name = "token list",
                            .usage = "",
                            .summary = "List the tokens that are out, without their secrets",
                            .details = "",
                            .flags = {},
                            .run = RunTokenList};
const Command kTokenRevoke = {.name = "token revoke",
                              .usage = "ID…",
                              .summary = "Take tokens back",
                              .details = "",
                              .flags = {},
                              .run = RunTokenRevoke};

const Command kTokenCreate = {
    .name = "token create",
    .usage = "[--ttl 1h] [--node-name NAME]",
    .summary = "Make a token with which one machine can join the grid",
    .details = "The token alone is the last line on stdout; the command to run is told on stderr.",
    .flags = kFlags,
    .run = RunTokenCreate};

}  // namespace noizy::cli
