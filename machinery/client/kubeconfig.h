// kubeconfig files: where the server is, who we are, which namespace is meant. The format is
// kubectl's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/pki/tls_identity.h"
#include "machinery/transport/http_client.h"

namespace noizy {

/// One context, resolved: enough to connect.
struct KubeconfigContext {
  std::string name;
  std::string ns;  // "" when the context names none
  std::string cluster;
  std::string user;
  HttpClientOptions http;
};

/// What may say where the kubeconfig is; "" where it does not.
struct KubeconfigPlaces {
  std::string flag;         // --kubeconfig
  std::string noizyconfig;  // $NOIZYCONFIG, a list with ':'
  std::string kubeconfig;   // $KUBECONFIG, a list with ':'
  std::string home;         // the user's home folder
};

/// The files that count, by precedence: the flag's, else $NOIZYCONFIG's, else $KUBECONFIG's, else
/// HOME/.noizy/kubeconfig. Empty when no place says anything.
std::vector<std::string> KubeconfigFiles(const KubeconfigPlaces& places);

/// Merges `files` as kubectl does (the first to say a thing wins; files that do not exist are
/// skipped) and resolves `context`, or the current one when it is "". Reads the certificates, keys
/// and tokens that are referred to by path, relative to their kubeconfig. NotFound: no file exists,
/// or they have no such context, cluster or user. BadRequest: what cannot be read or is not
/// supported (exec and auth-provider plugins, passwords, proxies). Every message names the file.
Result<KubeconfigContext> LoadKubeconfig(const std::vector<std::string>& files,
                                         std::string_view context);

/// Writes `path` anew, private to the user: cluster, user and context called `name`, certificates
/// inline, `name` as current context.
Status WriteKubeconfig(const std::string& path, std::string_view name, std::string_view server_url,
                       const TlsIdentity& identity);

/// Adds cluster, user and context `name` to `path`, replacing those of that name and keeping all
/// else; makes `name` the current context where there is none. Makes the file, and its folder, when
/// they are missing.
Status AddToKubeconfig(const std::string& path, std::string_view name, std::string_view server_url,
                       const TlsIdentity& identity);

}  // namespace noizy
