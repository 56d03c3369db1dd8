#include "machinery/transport/server_chain.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/machinery/transport/grpc_fixture.h"

namespace noizy {
namespace {

constexpr std::chrono::milliseconds kTimeout{5000};

TEST(ServerChain, IsWhatTheServerPresents) {
  const TestGrid grid;
  EchoService service;
  const TlsIdentity tls = grid.ServerIdentity();
  const auto server = StartServer(service, tls);
  for (const std::string host : {"127.0.0.1:", "localhost:"}) {
    const auto chain = Get(FetchServerChain(host + std::to_string(server->port()), kTimeout));
    EXPECT_EQ(chain, (std::vector<std::string>{tls.certificate_pem, grid.ca_pem()}));
  }
}

TEST(ServerChain, NobodyThereIsUnavailable) {
  EXPECT_EQ(FetchServerChain("127.0.0.1:1", std::chrono::seconds(1)).status().reason(),
            StatusReason::kServiceUnavailable);
  EXPECT_FALSE(FetchServerChain("", kTimeout).ok());
}

TEST(ServerChain, AMuteServerHoldsNobodyForLong) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto start = RealClock::Instance().Monotonic();
  const auto chain = FetchServerChain("127.0.0.1:" + std::to_string(ntohs(address.sin_port)),
                                      std::chrono::milliseconds(900));
  EXPECT_EQ(chain.status().reason(), StatusReason::kServiceUnavailable);
  EXPECT_LT(RealClock::Instance().Monotonic() - start, std::chrono::seconds(4));
  close(listener);
}

TEST(ServerChain, TheRootIsFoundByItsHashAlone) {
  const TestGrid grid;
  const std::vector<std::string> chain = {grid.ServerIdentity().certificate_pem, grid.ca_pem()};
  EXPECT_EQ(Get(TrustedRootOf(chain, grid.ca_hash())), grid.ca_pem());
  std::string upper = grid.ca_hash();
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(Get(TrustedRootOf(chain, upper)), grid.ca_pem());
}

TEST(ServerChain, AChainThatOnlyShowsTheRootIsNotTrusted) {
  const TestGrid grid, impostor;
  const auto reason = [&](const std::vector<std::string>& chain) {
    return TrustedRootOf(chain, grid.ca_hash()).status().reason();
  };
  // The CA's certificate is public: anybody can append it to a chain of their own.
  EXPECT_EQ(reason({impostor.ServerIdentity().certificate_pem, grid.ca_pem()}),
            StatusReason::kUnauthorized);
  EXPECT_EQ(reason({impostor.ServerIdentity().certificate_pem, impostor.ca_pem()}),
            StatusReason::kUnauthorized);
  EXPECT_EQ(reason({grid.ServerIdentity().certificate_pem}), StatusReason::kUnauthorized);
  EXPECT_EQ(reason({}), StatusReason::kUnauthorized);
  // A node of the grid is not its server.
  EXPECT_EQ(reason({grid.NodeIdentity("evil").certificate_pem, grid.ca_pem()}),
            StatusReason::kUnauthorized);
}

TEST(ServerChain, AHashOfAnotherFormIsSaidToBeThat) {
  const TestGrid grid;
  for (const std::string& hash : {std::string(), std::string("sha256:12"), grid.ca_hash().substr(7),
                                  "md5:" + grid.ca_hash().substr(7), grid.ca_hash() + "0",
                                  "sha256:" + std::string(64, 'g')}) {
    EXPECT_EQ(TrustedRootOf({grid.ca_pem()}, hash).status().reason(), StatusReason::kBadRequest)
        << hash;
  }
}

}  // namespace
}  // namespace noizy
