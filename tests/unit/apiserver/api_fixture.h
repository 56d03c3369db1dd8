// A whole API server in memory, called in-process, for the tests of apiserver/.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "apiserver/listener/api_server.h"
#include "apiserver/storage/memory_store.h"
#include "machinery/base/random.h"
#include "machinery/transport/in_process.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {

/// The reply's code and its body as a tree.
struct Answer {
  int code = 0;
  Value body;
  HttpHeaders headers;

  std::string_view Text(ValuePath path) const { return StringAt(body, path); }
  std::string_view reason() const { return Text({"reason"}); }
};

/// Tests derive from this. The user is an administrator unless a test says otherwise.
class ApiTest : public ::testing::Test {
 protected:
  ApiTest() { CreateNamespace("default"); }

  Answer Call(const std::string& method, const std::string& target, const std::string& body = "",
              HttpHeaders headers = {}) {
    HttpRequest request;
    request.method = method;
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = target.substr(mark + 1);
    request.headers = std::move(headers);
    request.body = body;
    const Result<HttpReply> reply = transport_->Do(request, std::chrono::seconds(10));
    if (!reply.ok()) {
      ADD_FAILURE() << reply.status().ToString();
      return {};
    }
    const std::string text = reply->BodyText();
    Result<Value> tree = ParseJson(text);
    return {reply->code, tree.ok() ? *std::move(tree) : Value(text), reply->headers};
  }

  /// Calls as somebody else from here on.
  void ActAs(PeerIdentity identity) {
    transport_ = MakeInProcessTransport(server_.handler(), std::move(identity));
  }

  void CreateNamespace(const std::string& name) {
    const Answer answer =
        Call("POST", "/api/v1/namespaces", R"({"metadata":{"name":")" + name + R"("}})");
    ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  }

  /// Writes an object of `yaml`'s kind as the administrator. `path` is its collection.
  void Apply(const std::string& path, const std::string& yaml) {
    const auto admin =
        MakeInProcessTransport(server_.handler(), {"admin", {"system:masters"}, "01"});
    HttpRequest request;
    request.method = "POST";
    request.path = path;
    request.body = yaml;
    request.headers = {{"Content-Type", "application/yaml"}};
    const Result<HttpReply> reply = admin->Do(request, std::chrono::seconds(10));
    ASSERT_TRUE(reply.ok());
    ASSERT_EQ(reply->code, 201) << reply->BodyText();
  }

  /// Binds a ClusterRole to a user everywhere.
  void Grant(const std::string& user, const std::string& role) {
    Apply("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
          "{kind: ClusterRoleBinding, apiVersion: rbac.authorization.k8s.io/v1, metadata: {name: " +
              user + "-" + role + "}, subjects: [{kind: User, name: " + user +
              "}], roleRef: {kind: ClusterRole, name: " + role + "}}");
  }

  /// A Task with the rest of `spec` as JSON members.
  static std::string TaskJson(const std::string& name,
                              const std::string& spec = R"("exec":{"command":["true"]})",
                              const std::string& metadata = "") {
    return R"({"apiVersion":"noizy.dev/v1","kind":"Task","metadata":{"name":")" + name + "\"" +
           metadata + R"(},"spec":{)" + spec + "}}";
  }

  Answer CreateTask(const std::string& name,
                    const std::string& spec = R"("exec":{"command":["true"]})",
                    const std::string& metadata = "") {
    return Call("POST", kTasks, TaskJson(name, spec, metadata));
  }

  static constexpr const char* kTasks = "/apis/noizy.dev/v1/namespaces/default/tasks";
  /// `base` + `suffix`, out of line: GCC 12 warns falsely of overflows when such sums are inlined
  /// (its bug 105651).
  [[gnu::noinline]] static std::string Under(std::string_view base, std::string_view suffix) {
    std::string text(base);
    text += suffix;
    return text;
  }
  static std::string TaskPath(const std::string& name) { return Under(kTasks, "/") + name; }

  FakeClock clock_;
  SeededRandom random_{1};
  MemoryStore store_{clock_};
  ApiServer server_{{.store = store_,
                     .kinds = BuiltinKinds(),
                     .clock = clock_,
                     .random = random_,
                     .ca_pem = "CA",
                     .limits = {},
                     .checks = {},
                     .paths = {},
                     .subresources = {}}};
  std::unique_ptr<HttpTransport> transport_ =
      MakeInProcessTransport(server_.handler(), {"admin", {"system:masters"}, "01"});
};

}  // namespace noizy::apiserver
