#include "cli/commands.h"
#include "cli/printer.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    {"client", 0, FlagKind::kSwitch, "", "this program's alone; no server is asked"},
    {"output", 'o', FlagKind::kText, "FORMAT", "json or yaml"}};

Result<int> RunVersion(Invocation& invocation) {
  Result<OutputFormat> format = OutputFormat::Parse(invocation.flags().Text("output"));
  if (!format.ok()) return WrongUsage(format.status().message());
  const std::string& own = invocation.environment().version;
  Value versions = Object{{"clientVersion", Object{{"gitVersion", boost::json::string(own)}}}};
  Status failure;
  if (!invocation.flags().On("client")) {
    const Result<Session*> session = invocation.session();
    Result<Value> server =
        session.ok() ? (*session)->GetValue("/version") : Result<Value>(session.status());
    failure = server.status();
    if (server.ok()) Set(versions, {"serverVersion"}, *std::move(server));
  }
  if (!format->is_table()) {
    invocation.out() << PrintObject(*format, versions);
  } else {
    invocation.out() << "Client Version: " << own << "\n";
    if (Find(versions, {"serverVersion"}) != nullptr) {
      invocation.out() << "Server Version: " << StringAt(versions, {"serverVersion", "gitVersion"})
                       << "\n";
    }
  }
  if (!failure.ok()) return failure;
  return kExitOk;
}

}  // namespace

const Command kVersion = {.name = "version",
                          .usage = "[--client]",
                          .summary = "Print this program's version and the server's",
                          .details = "",
                          .flags = kFlags,
                          .run = RunVersion};

}  // namespace noizy::cli
