#include "apiserver/grid/requests.h"

#include <gtest/gtest.h>

namespace noizy::apiserver {
namespace {

const GridCaller kJane{{"jane", {"team"}, "2a"}, "10.0.0.1:5"};

TEST(GridRequests, GoInTheCallersName) {
  for (const HttpRequest& request :
       {CreateTaskRequest(kJane, "n", Object()), GetTaskRequest(kJane, {"n", "a"}),
        DeleteTaskRequest(kJane, {"n", "a"}), WatchTaskRequest(kJane, {"n", "a"}, "7"),
        FollowLogRequest(kJane, {"n", "a"}, 2), PathRequest(kJane, "/readyz")}) {
    EXPECT_EQ(request.peer.common_name, "jane") << request.path;
    EXPECT_EQ(request.peer.organizations.size(), 1U);
    EXPECT_EQ(request.peer.certificate_serial, "2a") << "so that a revoked one is refused";
    EXPECT_EQ(request.remote_address, "10.0.0.1:5");
  }
}

TEST(GridRequests, NamesCannotLeaveTheirPlace) {
  EXPECT_EQ(GetTaskRequest(kJane, {"../x", "a/../../nodes"}).path,
            "/apis/noizy.dev/v1/namespaces/..%2Fx/tasks/a%2F..%2F..%2Fnodes");
  EXPECT_EQ(WatchTaskRequest(kJane, {"n", "a&watch=0"}, "7").query,
            "watch=true&fieldSelector=metadata.name%3Da%26watch%3D0&resourceVersion=7");
}

TEST(GridRequests, AFailureInAReplyIsAStatus) {
  EXPECT_EQ(ObjectOf(StatusReply(NotFound("tasks", "a"))).status().reason(),
            StatusReason::kNotFound);
  HttpReply reply;
  reply.body.emplace_back(std::string("no JSON"));
  EXPECT_EQ(ObjectOf(reply).status().reason(), StatusReason::kInternalError);
}

}  // namespace
}  // namespace noizy::apiserver
