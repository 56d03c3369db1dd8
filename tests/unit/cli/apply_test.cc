#include <gtest/gtest.h>

#include "cli/three_way_merge.h"
#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

constexpr const char* kTask =
    "apiVersion: noizy.dev/v1\nkind: Task\nmetadata: {name: a, labels: {x: '1', y: '2'}}\nspec: "
    "{exec: {command: [ls]}}\n";

class Apply : public CliTest {
 protected:
  FakeGrid::Outcome ApplyText(const std::string& text, std::vector<std::string> flags = {}) {
    flags.insert(flags.begin(), {"apply", "-f", "-"});
    return grid_.Run(flags, text);
  }
};

TEST_F(Apply, CreatesChangesAndLeavesAlone) {
  EXPECT_EQ(ApplyText(kTask).out, "task.noizy.dev/a created\n");
  const Value created = grid_.Task("a");
  EXPECT_EQ(NamespaceOf(created), "default");
  EXPECT_NE(AnnotationOf(created, kLastAppliedAnnotation).find(R"("command":["ls"])"),
            std::string_view::npos);
  EXPECT_EQ(grid_.api_.Writes().back().query,
            "fieldManager=noizy-client-side-apply&fieldValidation=Strict");

  EXPECT_EQ(ApplyText(kTask).out, "task.noizy.dev/a unchanged\n");
  EXPECT_EQ(grid_.api_.Writes().size(), 1U);

  EXPECT_EQ(ApplyText("apiVersion: noizy.dev/v1\nkind: Task\nmetadata: {name: a, labels: {x: "
                      "'3'}}\nspec: {exec: {command: [ls]}}\n")
                .out,
            "task.noizy.dev/a configured\n");
  EXPECT_EQ(grid_.api_.Writes().back().method, "PATCH");
  EXPECT_EQ(grid_.api_.Writes().back().content_type, "application/merge-patch+json");
  EXPECT_EQ(LabelOf(grid_.Task("a"), "x"), "3");
  EXPECT_EQ(LabelOf(grid_.Task("a"), "y"), "") << "what the file no longer says goes";
}

TEST_F(Apply, LeavesWhatOthersSet) {
  ApplyText(kTask);
  Value task = grid_.Task("a");
  Set(task, {"metadata", "labels", "theirs"}, "z");
  Set(task, {"spec", "suspend"}, true);
  grid_.api_.Put(task);
  EXPECT_EQ(ApplyText(kTask).out, "task.noizy.dev/a unchanged\n");
  EXPECT_EQ(LabelOf(grid_.Task("a"), "theirs"), "z");
}

TEST_F(Apply, TakesManyDocumentsInTheOrderTheyNeed) {
  const FakeGrid::Outcome applied =
      ApplyText(std::string(kTask) +
                "---\n# nothing\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n"
                "---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Namespace, "
                "metadata: {name: ns1}}\n");
  EXPECT_EQ(applied.code, 0) << applied.err;
  EXPECT_EQ(applied.out, "namespace/ns1 created\nconfigmap/m created\ntask.noizy.dev/a created\n");
}

TEST_F(Apply, LeavesKustomizationsToKubectl) {
  const FakeGrid::Outcome outcome = grid_.Run({"apply", "-k", "overlays/home"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("kubectl kustomize overlays/home | noizy apply -f -"),
            std::string::npos);
}

TEST_F(Apply, GoesOnAfterAFailureAndSaysWhere) {
  const FakeGrid::Outcome applied =
      ApplyText("apiVersion: x/v9\nkind: Gadget\nmetadata: {name: g}\n---\n" + std::string(kTask));
  EXPECT_EQ(applied.code, 1);
  EXPECT_EQ(applied.out, "task.noizy.dev/a created\n");
  EXPECT_EQ(applied.err,
            "error: standard input:1: the server has no kind \"Gadget\" in \"x/v9\"; mend kind or "
            "apiVersion, or apply its "
            "CustomResourceDefinition first\n");
}

TEST_F(Apply, StopsAtTheFirstManifestWithoutAServer) {
  grid_.api_.SetFault([](const HttpRequest&) { return Unavailable("no server"); });
  const FakeGrid::Outcome applied = ApplyText(std::string(kTask) + "---\n" + kTask);
  EXPECT_EQ(applied.code, 1);
  EXPECT_EQ(std::count(applied.err.begin(), applied.err.end(), '\n'), 1) << applied.err;
}

TEST_F(Apply, DryRunsSendNothingThatStays) {
  EXPECT_EQ(ApplyText(kTask, {"--dry-run=client"}).out, "task.noizy.dev/a created (dry run)\n");
  EXPECT_TRUE(grid_.api_.Writes().empty());
  EXPECT_EQ(ApplyText(kTask, {"--dry-run=server"}).out,
            "task.noizy.dev/a created (server dry run)\n");
  EXPECT_NE(grid_.api_.Requests().back().query.find("dryRun=All"), std::string::npos);
}

TEST_F(Apply, ServerSideSendsTheManifestAsItIs) {
  EXPECT_EQ(ApplyText(kTask, {"--server-side", "--force-conflicts"}).out,
            "task.noizy.dev/a serverside-applied\n");
  const FakeApi::Request request = grid_.api_.Writes().back();
  EXPECT_EQ(request.content_type, "application/apply-patch+yaml");
  EXPECT_NE(request.query.find("force=true"), std::string::npos);
  EXPECT_NE(request.query.find("fieldManager=noizy"), std::string::npos);
  EXPECT_EQ(request.body.find(kLastAppliedAnnotation), std::string::npos);
}

TEST_F(Apply, HoldsTheNamespaceOfTheManifestToTheFlag) {
  const std::string text =
      "apiVersion: noizy.dev/v1\nkind: Task\nmetadata: {name: a, namespace: x}\n";
  EXPECT_EQ(ApplyText(text, {"-n", "y"}).err,
            "error: standard input:1: standard input:1: metadata.namespace is \"x\", but -n says "
            "\"y\": drop one of the two\n");
  EXPECT_EQ(ApplyText(text, {"-n", "x"}).out, "task.noizy.dev/a created\n");
}

TEST_F(Apply, WaitsUntilANewKindIsServed) {
  int streams = 0;
  const ResourceRef crds{"apiextensions.k8s.io", "v1", "customresourcedefinitions", false};
  grid_.OnStream([&](const HttpRequest&) {
    ++streams;
    Value crd = grid_.api_.Find(crds, {"", "x"});
    Set(crd, {"status", "conditions"}, Array{Object{{"type", "Established"}, {"status", "True"}}});
    Set(crd, {"metadata", "resourceVersion"}, "");
    grid_.api_.Put(crd);
  });
  const std::string crd =
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: "
      "x}\nstatus: {conditions: []}\n";
  EXPECT_EQ(ApplyText(std::string(kTask) + "---\n" + crd).out,
            "customresourcedefinition.apiextensions.k8s.io/x created\ntask.noizy.dev/a created\n");
  EXPECT_EQ(streams, 1);
}

}  // namespace
}  // namespace noizy::cli
