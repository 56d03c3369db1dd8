#include "machinery/transport/http_server_state.h"

#include <gtest/gtest.h>

#include <thread>

namespace noizy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

HttpServerLimits TwoConnections() {
  HttpServerLimits limits;
  limits.connections = 2;
  return limits;
}

TEST(HttpServerStateTest, CountsConnections) {
  HttpServerState state(TwoConnections(), nullptr, nullptr);
  Gauge open("noizy_http_connections", "Open connections of the HTTP server");
  const double before = open.Value();
  EXPECT_TRUE(state.ConnectionOpened());
  EXPECT_TRUE(state.ConnectionOpened());
  EXPECT_FALSE(state.ConnectionOpened());
  EXPECT_EQ(open.Value(), before + 2);
  state.ConnectionClosed();
  EXPECT_TRUE(state.ConnectionOpened());
  state.ConnectionClosed();
  state.ConnectionClosed();
  EXPECT_EQ(open.Value(), before);
}

TEST(HttpServerStateTest, WaitsForTheLastConnection) {
  HttpServerState state(TwoConnections(), nullptr, nullptr);
  state.AwaitNoConnections(seconds(20));  // there is none
  ASSERT_TRUE(state.ConnectionOpened());
  const auto start = steady_clock::now();
  state.AwaitNoConnections(milliseconds(20));
  EXPECT_GE(steady_clock::now() - start, milliseconds(20));
  std::thread closing([&] { state.ConnectionClosed(); });
  state.AwaitNoConnections(seconds(20));
  closing.join();
  EXPECT_LT(steady_clock::now() - start, seconds(10));
}

TEST(HttpServerStateTest, SwapsTls) {
  HttpServerState state({}, nullptr, nullptr);
  const TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  state.set_tls(context);
  EXPECT_EQ(state.trust().tls, context);
  EXPECT_EQ(state.trust().generation, 1U);
  EXPECT_EQ(state.generation(), 1U);
  EXPECT_FALSE(state.stopping());
  state.BeginStop();
  EXPECT_TRUE(state.stopping());
}

}  // namespace
}  // namespace noizy
