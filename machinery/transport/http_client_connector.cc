#include "machinery/transport/http_client_connector.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <charconv>
#include <optional>

#include "machinery/pki/openssl_handles.h"

namespace noizy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

bool IsLoopback(const std::string& host) {
  if (host == "localhost") return true;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

// RFC 3927, where most clouds have their metadata service, and the addresses of those that have it
// elsewhere: Alibaba's, Oracle's and Azure's.
bool IsMetadata(const asio::ip::address_v4& address) {
  constexpr std::array<std::uint32_t, 3> kElsewhere = {0x646464c8, 0xc00000c0, 0xa83f8110};
  const std::uint32_t number = address.to_uint();
  return number >> 16 == 0xa9fe ||
         std::find(kElsewhere.begin(), kElsewhere.end(), number) != kElsewhere.end();
}

// The IPv4 address that packets to this one may end up at: mapped and compatible (RFC 4291), NAT64
// (RFC 6052) and 6to4 (RFC 3056).
std::optional<asio::ip::address_v4> WrappedIn(const asio::ip::address_v6& address) {
  struct Wrapping {
    std::string_view prefix;
    std::size_t at;  // of the IPv4 address
  };
  static constexpr std::array kWrappings = {Wrapping{{"\0\0\0\0\0\0\0\0\0\0\xff\xff", 12}, 12},
                                            Wrapping{{"\0\0\0\0\0\0\0\0\0\0\0\0", 12}, 12},
                                            Wrapping{{"\0\x64\xff\x9b\0\0\0\0\0\0\0\0", 12}, 12},
                                            Wrapping{{"\x20\x02", 2}, 2}};
  const auto bytes = address.to_bytes();
  for (const Wrapping& one : kWrappings) {
    const bool wraps =
        std::equal(one.prefix.begin(), one.prefix.end(), bytes.begin(),
                   [](char a, unsigned char b) { return a == static_cast<char>(b); });
    if (!wraps) continue;
    asio::ip::address_v4::bytes_type inner;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(one.at), inner.size(), inner.begin());
    return asio::ip::address_v4(inner);
  }
  return {};
}

// OpenSSL numbers the alerts that a peer sent from here on.
bool IsAlert(unsigned long error) {  // NOLINT(google-runtime-int): OpenSSL's type
  return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET;
}

// The name that the server's certificate must carry, an IP address as such.
void ExpectName(SSL_CTX* context, const std::string& name) {
  X509_VERIFY_PARAM* const rules = SSL_CTX_get0_param(context);
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str()) == 1) return;
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  X509_VERIFY_PARAM_set1_host(rules, name.data(), name.size());
}

}  // namespace

std::string HttpTarget::Origin() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (https ? "https://" : "http://") + (v6 ? "[" + host + "]" : host) + ":" +
         std::to_string(port);
}

bool IsLinkLocal(const std::string& address) {
  boost::system::error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  if (error) return false;
  if (parsed.is_v4()) return IsMetadata(parsed.to_v4());
  static const auto kMetadata = asio::ip::make_address_v6("fd00:ec2::254");
  const auto v6 = parsed.to_v6();
  if (v6.is_link_local() || v6.to_bytes() == kMetadata.to_bytes()) return true;
  const auto inner = WrappedIn(v6);
  return inner && IsMetadata(*inner);
}

std::vector<std::string> LookUpAddresses(const std::string& host) {
  asio::io_context io;
  boost::system::error_code error;
  std::vector<std::string> addresses;
  for (const auto& found : tcp::resolver(io).resolve(host, "", error))
    addresses.push_back(found.endpoint().address().to_string());
  return addresses;
}

Result<HttpTarget> ParseTarget(const HttpClientOptions& options) {
  const std::string_view url = options.base_url;
  const auto wrong = [&](std::string_view why) {
    return BadRequest("\"" + std::string(url) + "\" is no URL of a server: " + std::string(why));
  };
  HttpTarget target;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    target.https = false;
    target.port = 80;
  } else {
    return wrong("it must begin with https://");
  }
  const std::string_view authority = rest.substr(0, rest.find('/'));
  target.prefix = rest.substr(authority.size());
  if (target.prefix.find_first_of("?# ") != std::string::npos) return wrong("it has a query");
  while (target.prefix.ends_with('/')) target.prefix.pop_back();
  const bool bracketed = authority.starts_with('[');
  const auto host_end = bracketed ? authority.find(']') : authority.find(':');
  target.host = authority.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0));
  if (target.host.empty() || target.host.find_first_of("@[ ") != std::string::npos ||
      (bracketed && host_end == std::string_view::npos)) {
    return wrong("it has no host");
  }
  const auto colon = authority.find(':', bracketed ? host_end : 0);
  if (colon != std::string_view::npos) {
    const std::string_view port = authority.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), target.port);
    if (error != std::errc() || end != port.data() + port.size() || target.port == 0) {
      return wrong("its port is no number from 1 to 65535");
    }
  }
  if (options.refuse_link_local && IsLinkLocal(target.host)) {
    return wrong("it is a link-local address, where metadata services listen");
  }
  if (!target.https && !options.plain_http_anywhere && !IsLoopback(target.host)) {
    return wrong("plain http goes to this machine only; write https://");
  }
  return target;
}

HttpClientConnection::HttpClientConnection(const HttpTarget& target, SSL_CTX* settings,
                                           milliseconds connect_timeout,
                                           const AddressLookup& checked)
    : target_(target), connect_timeout_(connect_timeout), checked_(checked) {
  if (target.https) {
    auto client = std::make_unique<httplib::SSLClient>(target.host, target.port);
    // OpenSSL verifies, within the handshake: httplib would do so after it, and would trust the
    // system's roots beside those that were given.
    client->enable_server_certificate_verification(false);
    SSL_CTX* const context = client->ssl_context();
    CopyClientTls(settings, context);
    SSL_CTX_set_verify(context, SSL_CTX_get_verify_mode(settings), OnVerify);
    SSL_CTX_set_app_data(context, &verdict_);
    client_ = std::move(client);
  } else {
    client_ = std::make_unique<httplib::ClientImpl>(target.host, target.port);
  }
  client_->set_keep_alive(true);
  client_->set_tcp_nodelay(true);
  client_->set_url_encode(false);  // paths come encoded
  client_->set_decompress(true);
  client_->set_follow_location(false);  // a redirect is an answer: no key follows it
}

httplib::Error HttpClientConnection::Send(httplib::Request& request, httplib::Response& response,
                                          milliseconds silence) {
  client_->set_connection_timeout(std::min(connect_timeout_, silence));
  client_->set_read_timeout(silence);
  client_->set_write_timeout(silence);
  verdict_ = {};
  ERR_clear_error();
  if (checked_ && client_->is_socket_open() == 0) return SendChecked(request, response);
  auto error = httplib::Error::Success;
  return client_->send(request, response, error) ? httplib::Error::Success : error;
}

// A name could have another address when it is resolved again: what was checked is what is used.
httplib::Error HttpClientConnection::SendChecked(httplib::Request& request,
                                                 httplib::Response& response) {
  tried_ = checked_(target_.host);
  const std::size_t found = tried_.size();
  std::erase_if(tried_, IsLinkLocal);
  only_link_local_ = tried_.empty() && found > 0;
  auto error = httplib::Error::Connection;
  for (const std::string& address : tried_) {
    client_->set_hostname_addr_map({{target_.host, address}});
    if (client_->send(request, response, error)) return httplib::Error::Success;
    // Refused at once; what took its time leaves none for the others.
    if (error != httplib::Error::Connection) break;
  }
  return error;
}

bool HttpClientConnection::IsFresh() const {
  if (client_->is_socket_open() == 0) return false;
  // Readable while idle: the server's goodbye, which httplib would only find after it had written.
  asio::io_context io;
  tcp::socket socket(io);
  boost::system::error_code error;
  socket.assign(tcp::v4(), client_->socket(), error);
  if (error) return false;
  const std::size_t available = socket.available(error);
  const bool silent = !error && available == 0;
  socket.release(error);
  return silent;
}

int HttpClientConnection::OnVerify(int ok, X509_STORE_CTX* store) {
  const void* const ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  const SSL_CTX* const context = SSL_get_SSL_CTX(static_cast<const SSL*>(ssl));
  auto* const verdict = static_cast<Verdict*>(SSL_CTX_get_app_data(context));
  if (ok == 0) verdict->error = X509_STORE_CTX_get_error(store);
  return ok;
}

Status HttpClientConnection::Explain(httplib::Error error) const {
  const std::string where = target_.Origin();
  switch (error) {
    case httplib::Error::Success:
      return {};
    case httplib::Error::Connection:
      return ExplainConnection();
    case httplib::Error::ConnectionTimeout:
      return Timeout("cannot reach " + where + ": no answer in time; is the address right?");
    case httplib::Error::SSLConnection:
    case httplib::Error::SSLServerVerification:
    case httplib::Error::SSLLoadingCerts:
      return ExplainTls();
    case httplib::Error::Canceled:
      return Unavailable("the call to " + where + " was given up");
    default:
      if (IsAlert(ERR_peek_error())) return ExplainTls();
      return Unavailable("the connection to " + where + " broke off before the reply was complete");
  }
}

// httplib does not say why a connection failed, so the system is asked once more.
Status HttpClientConnection::ExplainConnection() const {
  const std::string prefix = "cannot reach " + target_.Origin() + ": ";
  if (only_link_local_) {
    return Unavailable(prefix + "it has link-local addresses only, where metadata services listen");
  }
  const std::vector<std::string> addresses = checked_ ? tried_ : LookUpAddresses(target_.host);
  if (addresses.empty()) {
    return Unavailable(prefix + "no address for the name \"" + target_.host + "\"");
  }
  asio::io_context io;
  boost::system::error_code error;
  for (const std::string& address : addresses) {
    const tcp::endpoint endpoint(asio::ip::make_address(address), target_.port);
    tcp::socket socket(io);
    socket.open(endpoint.protocol(), error);
    if (!error) socket.connect(endpoint, error);
    if (!error) return Unavailable(prefix + "it was not listening a moment ago");
  }
  if (error == asio::error::connection_refused) {
    return Unavailable(prefix + "connection refused; is the server running?");
  }
  return Unavailable(prefix + error.message());
}

Status HttpClientConnection::ExplainTls() const {
  const std::string where = target_.Origin();
  if (verdict_.error != X509_V_OK) {
    const std::string why = X509_verify_cert_error_string(verdict_.error);
    const bool name = verdict_.error == X509_V_ERR_HOSTNAME_MISMATCH ||
                      verdict_.error == X509_V_ERR_IP_ADDRESS_MISMATCH;
    return Unauthorized("the certificate of " + where + " is not trusted: " + why +
                        (name ? "; use a name from the certificate, or set tls-server-name"
                              : "; check certificate-authority-data in the kubeconfig"));
  }
  const unsigned long error = ERR_peek_error();  // NOLINT(google-runtime-int): OpenSSL's type
  if (IsAlert(error)) {
    return Unauthorized(where + " refused the TLS connection: " + ERR_reason_error_string(error) +
                        "; check the client certificate");
  }
  if (error == 0) return Unavailable("the TLS handshake with " + where + " was cut off");
  return Unavailable("no TLS connection with " + where + ": " + ERR_reason_error_string(error) +
                     "; does it speak HTTPS?");
}

Result<std::unique_ptr<HttpClientConnector>> HttpClientConnector::Make(
    const HttpClientOptions& options) {
  NOIZY_ASSIGN_OR_RETURN(HttpTarget target, ParseTarget(options));
  TlsContext settings;
  if (target.https) {
    NOIZY_ASSIGN_OR_RETURN(settings, MakeClientTls(options.tls));
    ExpectName(settings.get(), options.server_name.empty() ? target.host : options.server_name);
    const bool verify = !options.insecure_skip_verify;
    SSL_CTX_set_verify(settings.get(), verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  }
  AddressLookup checked;
  if (options.refuse_link_local) checked = LookUpAddresses;
  return std::make_unique<HttpClientConnector>(std::move(target), std::move(settings),
                                               options.connect_timeout, std::move(checked));
}

std::unique_ptr<HttpClientConnection> HttpClientConnector::Connect() const {
  return std::make_unique<HttpClientConnection>(target_, settings_.get(), connect_timeout_,
                                                checked_);
}

}  // namespace noizy
