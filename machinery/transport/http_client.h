// HttpTransport over HTTPS, with cpp-httplib: for the CLI, controllers in their own process,
// webhooks and model providers.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "machinery/base/status.h"
#include "machinery/pki/tls_identity.h"
#include "machinery/transport/http.h"

namespace noizy {

struct HttpClientOptions {
  /// "https://127.0.0.1:6443", optionally with a path prefix; plain http only to loopback.
  std::string base_url;
  /// ca_pem verifies the server (the system's store when empty); certificate and key are sent when
  /// given.
  TlsIdentity tls;
  /// Sent as "Authorization: Bearer …" when not empty.
  std::string bearer_token;
  /// The name the server's certificate must carry, when it is not the URL's host.
  std::string server_name;
  bool insecure_skip_verify = false;
  std::chrono::milliseconds connect_timeout{10'000};
  std::string user_agent;
  /// http:// may leave this machine: whoever allows it accepts that everything is readable on the
  /// way.
  bool plain_http_anywhere = false;
  /// No connection to an address that only this host's own neighbourhood or a cloud's metadata
  /// service has: link-local (RFC 3927, RFC 4291) and those that IsLinkLocal names. A name is
  /// resolved once for a connection, and connected to at the first address that was checked and
  /// does not refuse.
  bool refuse_link_local = false;
};

/// Keeps connections alive and pools them: as many as there are concurrent calls. A GET that meets
/// a connection the server has just closed is sent again, once; nothing else is. A redirect is a
/// reply like any other: nothing follows it. Streams have a connection and a thread each;
/// destruction waits for those that were left while they connected. From the first client on, the
/// process ignores SIGPIPE. BadRequest when the URL or a PEM is no use.
Result<std::unique_ptr<HttpTransport>> MakeHttpClient(HttpClientOptions options);

}  // namespace noizy
