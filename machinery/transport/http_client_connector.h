// How HttpClient gets connections: where to, with which TLS settings, and what to say when it
// cannot. For this folder only.
#pragma once

#include <httplib.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/transport/http_client.h"
#include "machinery/transport/tls_context.h"

namespace noizy {

/// A base URL in its parts.
struct HttpTarget {
  bool https = true;
  std::string host;  // without the brackets of an IPv6 address
  std::uint16_t port = 443;
  std::string prefix;  // "" or "/path" without a slash at its end

  /// "https://127.0.0.1:6443".
  std::string Origin() const;
};

/// BadRequest for anything but http(s)://host[:port][/prefix], for http to another machine and for
/// a link-local address where the options refuse these.
Result<HttpTarget> ParseTarget(const HttpClientOptions& options);

/// Link-local, or a cloud's metadata service, also where an IPv6 address only wraps such an IPv4
/// address (mapped, compatible, NAT64, 6to4). False for what is no numeric address.
bool IsLinkLocal(const std::string& address);

/// A host's numeric addresses, in the order in which they are tried; none when it has no address.
/// Blocks; called from any thread.
using AddressLookup = std::function<std::vector<std::string>(const std::string& host)>;
/// getaddrinfo's.
std::vector<std::string> LookUpAddresses(const std::string& host);

/// One keep-alive connection, made when it is first used. For one thread at a time, but for Abort.
class HttpClientConnection {
 public:
  /// `checked`: connects to none but the addresses that it finds and that are not link-local; empty
  /// to connect to whatever the system finds. It outlives the connection, as `target` does.
  HttpClientConnection(const HttpTarget& target, SSL_CTX* settings,
                       std::chrono::milliseconds connect_timeout, const AddressLookup& checked);
  HttpClientConnection(const HttpClientConnection&) = delete;
  HttpClientConnection& operator=(const HttpClientConnection&) = delete;

  /// Sends `request`, fills `response`. No read or write takes longer than `silence`, nor does
  /// connecting.
  httplib::Error Send(httplib::Request& request, httplib::Response& response,
                      std::chrono::milliseconds silence);
  /// The connection is open, and the server has neither closed it nor sent what nobody asked for.
  bool IsFresh() const;
  /// Ends a Send in progress; from any thread. May block while that one connects.
  void Abort() { client_->stop(); }
  /// What `error`, which Send returned on this same thread, means.
  Status Explain(httplib::Error error) const;

 private:
  // What OpenSSL found wrong with the server's certificate: the callback that hears of it gets
  // this.
  struct Verdict {
    int error = X509_V_OK;
  };
  static int OnVerify(int ok, X509_STORE_CTX* store);
  httplib::Error SendChecked(httplib::Request& request, httplib::Response& response);
  Status ExplainConnection() const;
  Status ExplainTls() const;

  const HttpTarget& target_;
  const std::chrono::milliseconds connect_timeout_;
  const AddressLookup& checked_;
  bool only_link_local_ = false;
  // Those that were tried last, where addresses are checked.
  std::vector<std::string> tried_;
  Verdict verdict_;
  std::unique_ptr<httplib::ClientImpl> client_;
};

/// Makes connections. Thread-safe; outlives them.
class HttpClientConnector {
 public:
  /// BadRequest when the URL or a PEM is no use.
  static Result<std::unique_ptr<HttpClientConnector>> Make(const HttpClientOptions& options);

  /// `settings`: certificate, key, roots and expected name; null for plain http.
  HttpClientConnector(HttpTarget target, TlsContext settings,
                      std::chrono::milliseconds connect_timeout, AddressLookup checked = {})
      : target_(std::move(target)),
        settings_(std::move(settings)),
        connect_timeout_(connect_timeout),
        checked_(std::move(checked)) {}

  const HttpTarget& target() const { return target_; }
  std::unique_ptr<HttpClientConnection> Connect() const;

 private:
  const HttpTarget target_;
  const TlsContext settings_;  // certificate, key and roots, parsed once for all connections
  const std::chrono::milliseconds connect_timeout_;
  const AddressLookup checked_;
};

}  // namespace noizy
