// A grid for the command line's tests: the FakeApi behind a transport that adds what only people
// ask for (short names, Tables, logs, tokens), and an environment whose streams, variables and
// clock are the test's.
#pragma once

#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "machinery/meta/meta.h"
#include "machinery/value/json.h"
#include "machinery/value/yaml.h"
#include "tests/fakes/fake_api.h"

namespace noizy::cli {

inline Value Yaml(std::string_view text) {
  Result<std::vector<YamlDocument>> documents = ParseYaml(text);
  return documents.ok() && documents->size() == 1 ? std::move(documents->front().value) : Value();
}

/// What discovery says of the kinds that the fake serves.
inline const std::vector<std::array<std::string, 6>>& FakeKindRows() {
  // group, version, plural, kind, short name and category, "namespaced" or ""
  static const std::vector<std::array<std::string, 6>> kRows = {
      {"", "v1", "namespaces", "Namespace", "ns", ""},
      {"", "v1", "configmaps", "ConfigMap", "cm", "namespaced"},
      {"", "v1", "secrets", "Secret", "", "namespaced"},
      {"", "v1", "events", "Event", "ev", "namespaced"},
      {"apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", "crd",
       ""},
      {"noizy.dev", "v1", "nodes", "Node", "", ""},
      {"noizy.dev", "v1", "tasks", "Task", "", "namespaced"}};
  return kRows;
}

class FakeGrid {
 public:
  struct Outcome {
    int code = -1;
    std::string out;
    std::string err;
  };
  using Log = std::pair<std::string, std::int64_t>;  // a task and its attempt

  FakeGrid() : api_(clock_) {
    for (const auto& [group, version, plural, kind, short_name, scope] : FakeKindRows()) {
      api_.AddKind({{group, version, plural, scope == "namespaced"},
                    kind,
                    kind != "ConfigMap" && kind != "Secret"});
    }
    const std::string path = testing::TempDir() + "/noizy_cli_kubeconfig";
    std::ofstream(path) << "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts:\n- name: "
                           "c\n  context: {cluster: k, user: u}\n"
                           "- name: other\n  context: {cluster: k, user: u, namespace: elsewhere}\n"
                           "clusters:\n- name: k\n  cluster: {server: "
                           "'https://127.0.0.1:6443'}\nusers:\n- name: u\n  user: {token: t}\n";
    variables_["KUBECONFIG"] = path;
  }

  Outcome Run(const std::vector<std::string>& arguments, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    const Environment environment = EnvironmentOf(in, out, err);
    Outcome outcome;
    outcome.code = RunCommandLine(arguments, environment, extra_commands_);
    outcome.out = out.str();
    outcome.err = err.str();
    return outcome;
  }

  /// Hands `act` an invocation of a command that takes `flags`, for tests of what commands are made
  /// of.
  template <typename Act>
  Outcome Invoke(std::span<const Flag> flags, const std::vector<std::string>& arguments,
                 const Act& act) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    const Environment environment = EnvironmentOf(in, out, err);
    const std::span<const Flag> tables[] = {flags, GlobalFlags()};
    Result<ParsedArguments> parsed = ParsedArguments::Parse(arguments, tables);
    EXPECT_TRUE(parsed.ok()) << parsed.status().ToString();
    Invocation invocation(environment, *std::move(parsed));
    act(invocation);
    return {0, out.str(), err.str()};
  }

  Environment EnvironmentOf(std::istream& in, std::ostream& out, std::ostream& err) {
    return {
        .in = in,
        .out = out,
        .err = err,
        .err_is_terminal = err_is_terminal_,
        .clock = clock_,
        .version = "1.2.3",
        .variable = [this](const std::string& name) { return variables_[name]; },
        .connect = [this](HttpClientOptions options) { return Connect(std::move(options)); },
        .edit = [this](const std::string& path) { return edit_(path); },
        .catch_interrupts =
            [this](Caught) { return [this] { return std::exchange(interrupt_, false); }; },
        .take_terminal = take_terminal_};
  }

  /// Called when a watch or a log is asked for, before it is served: the world goes on meanwhile.
  void OnStream(std::function<void(const HttpRequest&)> act) { on_stream_ = std::move(act); }
  void PutTask(std::string_view name, std::string_view rest = "") {
    Value task = Yaml("apiVersion: noizy.dev/v1\nkind: Task\n" + std::string(rest));
    Set(task, {"metadata", "name"}, boost::json::string(name));
    if (NamespaceOf(task).empty()) Set(task, {"metadata", "namespace"}, "default");
    api_.Put(std::move(task));
  }
  Value Task(const std::string& name) {
    return api_.Find({"noizy.dev", "v1", "tasks", true}, {"default", name});
  }
  /// Brings a task to where its status says.
  void Progress(const std::string& name, std::string_view status) {
    Value task = Task(name);
    Set(task, {"status"}, Yaml(status));
    api_.Put(std::move(task));
  }

  FakeClock clock_;
  FakeApi api_;
  std::map<std::string, std::string> variables_;
  std::map<Log, std::string> logs_;
  /// Replies to paths that the FakeApi does not know, and to whatever is posted there.
  std::map<std::string, Value> documents_;
  std::function<Status(const std::string& path)> edit_;
  std::function<std::unique_ptr<Terminal>()> take_terminal_;
  std::vector<ExtraCommand> extra_commands_;
  HttpClientOptions connected_;
  HttpRequest last_post_;
  Duration per_stream_{std::chrono::seconds(1)};
  bool interrupt_ = false;
  bool err_is_terminal_ = false;

 private:
  class Transport final : public HttpTransport {
   public:
    explicit Transport(FakeGrid& grid) : grid_(grid), inner_(grid.api_.Transport()) {}

    Result<HttpReply> Do(const HttpRequest& request, std::chrono::milliseconds timeout) override {
      if (request.path == "/api" || request.path == "/apis")
        return Reply(Discovery(request.path == "/api"));
      if (const auto found = grid_.documents_.find(request.path); found != grid_.documents_.end()) {
        if (request.method != "GET") grid_.last_post_ = request;
        return Reply(found->second);
      }
      if (request.path == "/version") return Reply(Object{{"gitVersion", "v1.32.0+noizy"}});
      if (request.path == "/noizy/v1/tokens") {
        grid_.last_post_ = request;
        return Reply(
            Object{{"token", "abc.def"}, {"caHash", "sha256:00"}, {"endpoint", "10.0.0.1:6444"}});
      }
      Result<HttpReply> reply = inner_->Do(request, timeout);
      if (!reply.ok() || reply->code != 200 || !WantsTable(request)) return reply;
      return Reply(TableOf(*ParseJson(reply->BodyText())));
    }

    Status Stream(const HttpRequest& request, const StreamSink& sink) override {
      grid_.clock_.Advance(grid_.per_stream_);
      if (grid_.on_stream_) grid_.on_stream_(request);
      if (sink.cancelled && sink.cancelled()) return Status::Ok();
      if (request.path.ends_with("/log")) return StreamLog(request, sink);
      if (!WantsTable(request)) return inner_->Stream(request, sink);
      StreamSink tables = sink;
      std::string line;
      bool refused = false;
      tables.on_headers = [&](int code, const HttpHeaders& headers) {
        refused = code != 200;
        return sink.on_headers(code, headers);
      };
      tables.on_piece = [&](std::string_view piece) {
        if (refused) return sink.on_piece(piece);
        // The FakeApi cuts its pieces anywhere, as a network does.
        line += piece;
        if (!line.ends_with('\n')) return true;
        Value event = ParseJson(line).ValueOr(Value());
        const std::string raw = std::exchange(line, "");
        if (noizy::Find(event, {"object", "metadata", "resourceVersion"}) == nullptr)
          return sink.on_piece(raw);
        event.as_object()["object"] = TableOf(*noizy::Find(event, {"object"}));
        return sink.on_piece(ToJson(event) + "\n");
      };
      return inner_->Stream(request, tables);
    }

   private:
    static bool WantsTable(const HttpRequest& request) {
      return FindHeader(request.headers, "Accept").find("as=Table") != std::string_view::npos;
    }

    static HttpReply Reply(const Value& body) {
      HttpReply reply;
      reply.body.emplace_back(ToJson(body));
      return reply;
    }

    static Value Discovery(bool core) {
      std::map<std::string, Array> groups;
      for (const auto& [group, version, plural, kind, short_name, scope] : FakeKindRows()) {
        if (group.empty() != core) continue;
        Array shorts;
        if (!short_name.empty()) shorts.push_back(boost::json::string(short_name));
        Array categories;
        if (kind == "Task" || kind == "ConfigMap") categories.push_back("all");
        groups[group].push_back(Object{{"resource", plural},
                                       {"responseKind", Object{{"kind", kind}}},
                                       {"scope", scope == "namespaced" ? "Namespaced" : "Cluster"},
                                       {"shortNames", std::move(shorts)},
                                       {"categories", std::move(categories)},
                                       {"verbs", Array{"get", "list", "watch"}}});
      }
      Array items;
      for (auto& [group, resources] : groups) {
        items.push_back(Object{
            {"metadata", Object{{"name", group}}},
            {"versions", Array{Object{{"version", "v1"}, {"resources", std::move(resources)}}}}});
      }
      return Object{{"kind", "APIGroupDiscoveryList"}, {"items", std::move(items)}};
    }

    /// Name, Phase and (wide) Type of a list, or of one object.
    static Value TableOf(const Value& reply) {
      Array rows;
      const auto add = [&rows](const Value& object) {
        const std::string_view phase = StringAt(object, {"status", "phase"});
        rows.push_back(
            Object{{"cells", Array{boost::json::string(NameOf(object)), boost::json::string(phase),
                                   boost::json::string(StringAt(object, {"spec", "type"}))}},
                   {"object", object}});
      };
      const Array* items = ArrayAt(reply, {"items"});
      if (items == nullptr) add(reply);
      for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) add((*items)[i]);
      return Object{{"kind", "Table"},
                    {"metadata", *noizy::Find(reply, {"metadata"})},
                    {"columnDefinitions", Array{Object{{"name", "Name"}}, Object{{"name", "Phase"}},
                                                Object{{"name", "Type"}, {"priority", 1}}}},
                    {"rows", std::move(rows)}};
    }

    Status StreamLog(const HttpRequest& request, const StreamSink& sink) {
      const std::string parent = request.path.substr(0, request.path.size() - 4);
      const std::string name = parent.substr(parent.rfind('/') + 1);
      const std::size_t at = request.query.find("attempt=");
      const std::int64_t attempt =
          at == std::string::npos ? 1 : std::stoll(request.query.substr(at + 8));
      const auto found = grid_.logs_.find({name, attempt});
      grid_.last_log_query_ = request.query;
      if (found == grid_.logs_.end()) {
        sink.on_headers(404, {});
        sink.on_piece(
            R"({"kind":"Status","status":"Failure","reason":"NotFound","message":"no log","code":404})");
        return Status::Ok();
      }
      sink.on_headers(200, {});
      sink.on_piece(found->second);
      return Status::Ok();
    }

    FakeGrid& grid_;
    std::shared_ptr<HttpTransport> inner_;
  };

  Result<std::unique_ptr<HttpTransport>> Connect(HttpClientOptions options) {
    connected_ = std::move(options);
    return std::unique_ptr<HttpTransport>(std::make_unique<Transport>(*this));
  }

  std::function<void(const HttpRequest&)> on_stream_;

 public:
  std::string last_log_query_;
};

/// A test whose commands run against a FakeGrid.
class CliTest : public testing::Test {
 protected:
  FakeGrid grid_;
};

}  // namespace noizy::cli
