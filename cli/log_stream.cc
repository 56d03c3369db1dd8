#include "cli/log_stream.h"

namespace noizy::cli {
namespace {

void AddNumber(std::string& query, std::string_view name,
               const std::optional<std::int64_t>& number) {
  if (number) AddParameter(query, name, std::to_string(*number));
}

}  // namespace

Status StreamLog(const Session& session, const Target& target, const LogQuery& query,
                 std::ostream& out, const std::function<bool()>& cancelled) {
  std::string text;
  if (query.follow) AddParameter(text, "follow", "true");
  if (query.timestamps) AddParameter(text, "timestamps", "true");
  AddNumber(text, "tailLines", query.tail_lines);
  AddNumber(text, "sinceSeconds", query.since_seconds);
  AddNumber(text, "attempt", query.attempt);
  const std::string path =
      WithQuery(target.kind.resource.Path(target.ns, target.name, "log"), text);
  const TextStream stream{.on_piece =
                              [&out](std::string_view piece) {
                                out << piece << std::flush;
                                return !out.fail();
                              },
                          .cancelled = cancelled};
  return StreamGet(session, path, "text/plain, */*", stream);
}

}  // namespace noizy::cli
