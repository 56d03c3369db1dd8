#include "machinery/transport/tls_stream.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <latch>
#include <thread>

#include "tests/unit/machinery/transport/http_fixture.h"

namespace noizy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// One accepted connection, driven by blocking on its socket, and a raw client at the other end.
class TlsStreamTest : public testing::Test {
 protected:
  TlsStreamTest() : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  static void AwaitSocket(TlsStream& stream, short events) {
    pollfd one{stream.socket().native_handle(), events, 0};
    EXPECT_EQ(poll(&one, 1, 20'000), 1);
  }

  // Repeats `step` until it wants nothing more.
  template <typename Step>
  static TlsStep Drive(TlsStream& stream, Step step) {
    while (true) {
      const TlsStep result = step();
      if (result == TlsStep::kWantRead) {
        AwaitSocket(stream, POLLIN);
      } else if (result == TlsStep::kWantWrite) {
        AwaitSocket(stream, POLLOUT);
      } else {
        return result;
      }
    }
  }

  asio::io_context io_;
  tcp::acceptor acceptor_;
  TlsContext context_ = *MakeServerTls(HttpTestAuthority::Instance().Server());
};

TEST_F(TlsStreamTest, CarriesBytesBothWaysAndSaysGoodbye) {
  std::string received;
  std::thread client_thread([&] {
    RawClient client(port());
    ASSERT_TRUE(client.secured());
    client.Send("ping");
    received = client.ReadUntilEnd();
  });
  TlsStream stream(acceptor_.accept(), context_);
  EXPECT_EQ(Drive(stream, [&] { return stream.Handshake(); }), TlsStep::kDone);
  EXPECT_TRUE(stream.Peer().ok());
  char bytes[16];
  std::size_t count = 0;
  EXPECT_EQ(Drive(stream, [&] { return stream.Read(bytes, sizeof bytes, count); }), TlsStep::kDone);
  EXPECT_EQ(std::string_view(bytes, count), "ping");
  EXPECT_FALSE(stream.HasBuffered());
  EXPECT_EQ(Drive(stream, [&] { return stream.Write("pong", count); }), TlsStep::kDone);
  EXPECT_EQ(count, 4U);
  stream.CloseSending();
  client_thread.join();
  EXPECT_EQ(received, "pong");
  // The client only closed its socket: an end without a goodbye.
  EXPECT_EQ(Drive(stream, [&] { return stream.Read(bytes, sizeof bytes, count); }),
            TlsStep::kFailed);
  EXPECT_EQ(stream.Write("x", count), TlsStep::kFailed);
}

TEST_F(TlsStreamTest, HearsAGoodbye) {
  std::thread client_thread([&] {
    RawClient client(port());
    client.SayGoodbye();
    client.ReadUntilEnd();
  });
  TlsStream stream(acceptor_.accept(), context_);
  EXPECT_EQ(Drive(stream, [&] { return stream.Handshake(); }), TlsStep::kDone);
  char byte = 0;
  std::size_t count = 0;
  EXPECT_EQ(Drive(stream, [&] { return stream.Read(&byte, 1, count); }), TlsStep::kClosed);
  EXPECT_EQ(Drive(stream, [&] { return stream.Write("still", count); }), TlsStep::kDone);
  stream.CloseSending();
  client_thread.join();
}

TEST_F(TlsStreamTest, TellsPlainHttpFromNoise) {
  for (const auto& [bytes, expected] :
       {std::pair<std::string, TlsStep>("GET / HTTP/1.1\r\n\r\n", TlsStep::kPlainHttp),
        std::pair<std::string, TlsStep>(std::string(64, '\xff'), TlsStep::kFailed)}) {
    const int fd = ConnectTcp(port());
    ASSERT_GT(send(fd, bytes.data(), bytes.size(), 0), 0);
    TlsStream stream(acceptor_.accept(), context_);
    EXPECT_EQ(Drive(stream, [&] { return stream.Handshake(); }), expected);
    close(fd);
  }
}

// A record that did not fit the socket is offered again from another buffer, with more behind it.
TEST_F(TlsStreamTest, WritesAgainFromAMovedBuffer) {
  std::size_t received = 0;
  bool intact = true;
  std::latch full(1);
  std::thread client_thread([&] {
    RawClient::Options options;
    options.tls.ca_pem = HttpTestAuthority::Instance().ca_pem();
    options.receive_buffer = 4096;
    RawClient client(port(), options);
    full.wait();
    const std::string text = client.ReadUntilEnd();
    received = text.size();
    intact = text.find_first_not_of('x') == std::string::npos;
  });
  TlsStream stream(acceptor_.accept(), context_);
  EXPECT_EQ(Drive(stream, [&] { return stream.Handshake(); }), TlsStep::kDone);
  std::size_t written = 0;
  int blocked = 0;
  for (std::size_t size = 1000; written < 16U << 20;) {
    const std::string moved(size, 'x');
    std::size_t count = 0;
    const TlsStep step = stream.Write(moved, count);
    written += count;
    if (step == TlsStep::kDone) continue;
    ASSERT_EQ(step, TlsStep::kWantWrite);
    if (++blocked == 1) full.count_down();
    size = std::min<std::size_t>(size + 100, 16384);
    AwaitSocket(stream, POLLOUT);
  }
  stream.CloseSending();
  client_thread.join();
  EXPECT_EQ(received, written);
  EXPECT_TRUE(intact);
}

}  // namespace
}  // namespace noizy
