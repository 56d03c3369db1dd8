#include "cli/manifests.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "machinery/meta/meta.h"

namespace noizy::cli {
namespace {

class Manifests : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/noizy_manifests";
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ + "/below");
    Write("b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n");
    Write("a.yml", "# first\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\n");
    Write("c.json", R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}})");
    Write("notes.txt", "no manifest");
    Write("below/d.yaml", "apiVersion: noizy.dev/v1\nkind: Task\nmetadata: {generateName: d-}\n");
  }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
  }

  /// "name@origin", separated by spaces; or the error.
  std::string Read(const std::vector<std::string>& names,
                   Recursion recursion = Recursion::kThisFolder, const std::string& input = "") {
    std::istringstream in(input);
    const Result<std::vector<Manifest>> manifests = ReadManifests(names, recursion, in);
    if (!manifests.ok()) return manifests.status().message();
    std::string text;
    for (const Manifest& manifest : *manifests) {
      text += (text.empty() ? "" : " ") + std::string(NameOf(manifest.object)) + "@" +
              std::filesystem::path(manifest.origin).filename().string();
    }
    return text;
  }

  std::string folder_;
};

TEST_F(Manifests, ComeFromFilesFoldersAndStandardInput) {
  EXPECT_EQ(Read({folder_}), "a@a.yml:3 b@b.yaml:1 c@c.json:1");
  EXPECT_EQ(Read({folder_}, Recursion::kFoldersBelow), "a@a.yml:3 b@b.yaml:1 @d.yaml:1 c@c.json:1");
  EXPECT_EQ(Read({folder_ + "/b.yaml", "-"}, Recursion::kThisFolder,
                 "apiVersion: v1\nkind: X\nmetadata: {name: e}"),
            "b@b.yaml:1 e@standard input:1");
}

TEST_F(Manifests, ListsGiveTheirItems) {
  EXPECT_EQ(
      Read({"-"}, Recursion::kThisFolder,
           "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: x}}\n"
           "- {apiVersion: v1, kind: BList, items: [{apiVersion: v1, kind: B, metadata: {name: "
           "z}}]}\n"),
      "x@standard input:1 z@standard input:1");
}

TEST_F(Manifests, ErrorsNameFileAndLineAndTheMend) {
  const std::pair<const char*, const char*> cases[] = {
      {"a: 1\na: 2", "standard input: line 2, column 1: duplicate key \"a\""},
      {"---\n\nkind: X", "standard input:3: apiVersion is missing, such as noizy.dev/v1"},
      {"apiVersion: v1", "standard input:1: kind is missing, such as Task"},
      {"apiVersion: v1\nkind: X\nmetadata: {name: no}",
       "standard input:1: metadata.name is false and no text: put it in quotes"},
      {"- 1", "standard input:1: an object (apiVersion, kind, metadata) is wanted here"},
      {"# nothing", "no objects were found in - (files named *.yaml, *.yml or *.json are read)"}};
  for (const auto& [text, error] : cases)
    EXPECT_EQ(Read({"-"}, Recursion::kThisFolder, text), error);
  EXPECT_NE(Read({folder_ + "/none.yaml"}).find("none.yaml"), std::string::npos);
}

Manifest Named(std::string_view member) {
  return {Object{{"metadata", Object{{member, "a"}}}}, "file"};
}

TEST_F(Manifests, NeedANameUnlessTheyAreCreated) {
  EXPECT_TRUE(CheckNamed(Named("name")).ok());
  EXPECT_EQ(CheckNamed(Named("other")).message(),
            "metadata.name is missing: give the object a name");
  EXPECT_EQ(CheckNamed(Named("generateName")).message(),
            "metadata.name is missing: give the object a name, or create it: only that makes one "
            "of generateName");
}

TEST_F(Manifests, AreSortedByWhatTheyNeed) {
  std::vector<Manifest> manifests;
  for (const char* kind :
       {"Task", "Gadget", "Node", "Secret", "Task", "CustomResourceDefinition", "Namespace"}) {
    manifests.push_back({Object{{"kind", kind}}, std::to_string(manifests.size())});
  }
  SortForCreation(manifests);
  std::string order;
  for (const Manifest& manifest : manifests)
    order += std::string(StringAt(manifest.object, {"kind"})) + manifest.origin + " ";
  EXPECT_EQ(order, "Namespace6 CustomResourceDefinition5 Secret3 Node2 Gadget1 Task0 Task4 ");
}

}  // namespace
}  // namespace noizy::cli
