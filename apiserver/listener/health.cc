#include "apiserver/listener/health.h"

#include <algorithm>

namespace noizy::apiserver {
namespace {

bool HasParameter(const RequestContext& request, std::string_view name, std::string_view value) {
  return std::ranges::any_of(request.query, [&](const auto& parameter) {
    return parameter.first == name && (value.empty() || parameter.second == value);
  });
}

void ReplyText(const RequestContext& request, int code, std::string text) {
  request.exchange->Reply(
      {code,
       {{"Content-Type", "text/plain; charset=utf-8"}, {"X-Content-Type-Options", "nosniff"}},
       {SharedBytes(std::move(text))}});
}

}  // namespace

std::map<std::string, RequestHandler, std::less<>> HealthServer::Paths() {
  std::map<std::string, RequestHandler, std::less<>> paths;
  for (const std::string root : {"/livez", "/readyz", "/healthz"}) {
    const RequestHandler handler = [this, root](const RequestPtr& request) {
      Serve(*request, root, root == "/livez");
    };
    paths.emplace(root, handler);
    paths.emplace(root + "/", handler);
  }
  return paths;
}

Status HealthServer::Ready() const {
  for (const HealthCheck& check : checks_) {
    if (const Status status = check.check(); !status.ok()) return status.WithContext(check.name);
  }
  return Status::Ok();
}

void HealthServer::Serve(const RequestContext& request, std::string_view root,
                         bool liveness_only) const {
  std::string_view wanted = request.request().path;
  wanted.remove_prefix(std::min(root.size() + 1, wanted.size()));
  std::string report;
  bool healthy = true;
  bool found = wanted.empty();
  for (const HealthCheck& check : checks_) {
    if (wanted.empty() ? liveness_only && !check.liveness : check.name != wanted) continue;
    found = true;
    if (HasParameter(request, "exclude", check.name)) {
      report += "[+]" + check.name + " excluded: ok\n";
      continue;
    }
    const Status status = check.check();
    // The reason goes to whoever may read logs, not to anonymous callers: it can name files.
    report += (status.ok() ? "[+]" : "[-]") + check.name +
              (status.ok() ? " ok\n" : " failed: reason withheld\n");
    healthy = healthy && status.ok();
  }
  if (!found) return ReplyText(request, 404, "404 page not found\n");
  const std::string verdict =
      std::string(root.substr(1)) + (healthy ? " check passed\n" : " check failed\n");
  const bool verbose = !healthy || HasParameter(request, "verbose", "");
  ReplyText(request, healthy ? 200 : 500, verbose ? report + verdict : "ok");
}

}  // namespace noizy::apiserver
