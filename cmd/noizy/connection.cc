#include "cmd/noizy/connection.h"

#include <cstdlib>
#include <utility>

#include "cmd/noizy/program.h"
#include "machinery/transport/http_client.h"

namespace noizy {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

Result<KubeconfigContext> FindContext(const std::string& kubeconfig, const std::string& context) {
  const KubeconfigPlaces places{kubeconfig, Variable("NOIZYCONFIG"), Variable("KUBECONFIG"),
                                HomeFolder()};
  return LoadKubeconfig(KubeconfigFiles(places), context);
}

Result<std::shared_ptr<Client>> ConnectTo(KubeconfigContext context) {
  constexpr std::chrono::minutes kPatience{10};
  context.http.user_agent = "noizy";
  NOIZY_ASSIGN_OR_RETURN(std::shared_ptr<HttpTransport> transport,
                         MakeHttpClient(std::move(context.http)));
  ClientOptions options;
  options.timeout = kPatience;
  return std::make_shared<Client>(std::move(transport), std::move(options));
}

}  // namespace noizy
