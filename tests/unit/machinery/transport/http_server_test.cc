#include "machinery/transport/http_server.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/transport/http_fixture.h"

namespace noizy {
namespace {

TEST(HttpServerTest, AnswersARequest) {
  const auto server = StartServer(EchoHandler);
  RawClient client(server->port());
  ASSERT_TRUE(client.secured());
  ASSERT_TRUE(client.Send("GET /api/v1?watch=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  const RawReply reply = client.ReadReply();
  EXPECT_EQ(reply.code, 200);
  EXPECT_EQ(reply.body, "GET\n/api/v1\nwatch=1\n");
}

}  // namespace
}  // namespace noizy
