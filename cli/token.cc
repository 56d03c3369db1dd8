#include "cli/commands.h"
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

}  // namespace

const Command kTokenCreate = {
    .name = "token create",
    .usage = "[--ttl 1h] [--node-name NAME]",
    .summary = "Make a token with which one machine can join the grid",
    .details = "The token alone is the last line on stdout; the command to run is told on stderr.",
    .flags = kFlags,
    .run = RunTokenCreate};

}  // namespace noizy::cli
