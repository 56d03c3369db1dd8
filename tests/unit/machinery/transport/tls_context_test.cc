#include "machinery/transport/tls_context.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/transport/http_fixture.h"

namespace noizy {
namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

RawClient::Options Trusting() {
  RawClient::Options options;
  options.tls.ca_pem = HttpTestAuthority::Instance().ca_pem();
  return options;
}

// True when the server answers such a client: under TLS 1.3 a refusal comes after the handshake.
bool Answers(std::uint16_t port, const RawClient::Options& options) {
  RawClient client(port, options);
  return client.secured() && client.Send(kGet) && client.ReadReply().code == 200;
}

TEST(ServerTlsTest, SpeaksTls12AndUpWithForwardSecrecyOnly) {
  const auto server = StartServer(EchoHandler);
  RawClient modern(server->port());
  EXPECT_STREQ(SSL_get_version(modern.ssl()), "TLSv1.3");
  RawClient::Options options = Trusting();
  options.highest_tls = TLS1_2_VERSION;
  EXPECT_TRUE(Answers(server->port(), options));
  for (const char* ciphers :
       {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256"}) {
    options.ciphers12 = ciphers;
    EXPECT_FALSE(Answers(server->port(), options)) << ciphers;
  }
  options.ciphers12 = "ECDHE-ECDSA-CHACHA20-POLY1305";
  EXPECT_TRUE(Answers(server->port(), options));
  options.ciphers12.clear();
  options.highest_tls = TLS1_1_VERSION;
  EXPECT_FALSE(Answers(server->port(), options));
}

TEST(ServerTlsTest, NegotiatesHttp11) {
  const auto server = StartServer(EchoHandler);
  RawClient client(server->port());
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(client.ssl(), &name, &size);
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(name), size), "http/1.1");
  RawClient::Options options = Trusting();
  options.protocols.clear();
  EXPECT_TRUE(Answers(server->port(), options));
  options.protocols = "h2";
  EXPECT_FALSE(Answers(server->port(), options));
}

TEST(ServerTlsTest, RefusesCertificatesThatDoNotVerify) {
  const auto server = StartServer(EchoHandler);
  const HttpTestAuthority& authority = HttpTestAuthority::Instance();
  const auto answers = [&](const TlsIdentity& identity) {
    RawClient::Options options;
    options.tls = identity;
    options.tls.ca_pem = authority.ca_pem();
    return Answers(server->port(), options);
  };
  EXPECT_TRUE(answers(authority.Client("a", {})));
  EXPECT_TRUE(answers({}));
  EXPECT_FALSE(answers(HttpTestAuthority().Client("a", {})));  // of another CA
  EXPECT_FALSE(answers(authority.ExpiredClient("a")));
  EXPECT_FALSE(answers(authority.Server()));  // not for clients
}

TEST(ServerTlsTest, ResumesSessionsWithTheirIdentity) {
  const auto server = StartServer(EchoHandler);
  RawClient::Options options;
  options.tls = HttpTestAuthority::Instance().Client("again", {});
  RawClient first(server->port(), options);
  first.Send(kGet);
  EXPECT_EQ(FindHeader(first.ReadReply().headers, "X-Peer"), "again");
  SSL_SESSION* const session = SSL_get1_session(first.ssl());
  options.resume = session;
  RawClient second(server->port(), options);
  EXPECT_EQ(SSL_session_reused(second.ssl()), 1);
  second.Send(kGet);
  EXPECT_EQ(FindHeader(second.ReadReply().headers, "X-Peer"), "again");
  // After a change of certificates, everybody shakes hands anew.
  ASSERT_TRUE(server->SetTls(HttpTestAuthority::Instance().Server()).ok());
  RawClient third(server->port(), options);
  EXPECT_EQ(SSL_session_reused(third.ssl()), 0);
  SSL_SESSION_free(session);
}

TEST(ClientTlsTest, RefusesPemsThatAreNoUse) {
  const TlsIdentity good = HttpTestAuthority::Instance().Client("a", {});
  EXPECT_TRUE(MakeClientTls(good).ok());
  EXPECT_TRUE(MakeClientTls({}).ok());
  TlsIdentity broken = good;
  broken.private_key_pem = broken.private_key_pem.substr(0, 60);
  EXPECT_EQ(MakeClientTls(broken).status().reason(), StatusReason::kBadRequest);
  broken = good;
  broken.ca_pem = good.private_key_pem;
  EXPECT_EQ(MakeClientTls(broken).status().reason(), StatusReason::kBadRequest);
}

TEST(ClientTlsTest, CopiesSettings) {
  const TlsContext from = *MakeClientTls(HttpTestAuthority::Instance().Client("a", {}));
  SSL_CTX* const to = SSL_CTX_new(TLS_client_method());
  CopyClientTls(from.get(), to);
  EXPECT_EQ(SSL_CTX_get0_certificate(to), SSL_CTX_get0_certificate(from.get()));
  EXPECT_EQ(SSL_CTX_check_private_key(to), 1);
  EXPECT_EQ(SSL_CTX_get_cert_store(to), SSL_CTX_get_cert_store(from.get()));
  SSL_CTX_free(to);
}

}  // namespace
}  // namespace noizy
