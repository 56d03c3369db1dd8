#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tidy/rules.h"

namespace noizy::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Layers Rules() {
  Findings faults;
  Layers layers = Layers::Parse(
      "# a comment\n"
      "low:\n"
      "high: low kinds noizy/v1/agent.pb.h  # and so on\n"
      "high/inner: high\n"
      "tests: *\n"
      "<boost/>: low\n"
      "<boost/json>: high\n",
      faults);
  EXPECT_THAT(faults, IsEmpty());
  return layers;
}

Findings Forbidden(const std::string& path, const std::string& text) {
  return ForbiddenIncludes(Repository::Of({{path, text}}), Rules());
}
Findings ThirdParty(const std::string& path, const std::string& text) {
  return ThirdPartyOutOfPlace(Repository::Of({{path, text}}), Rules());
}

TEST(LayerRules, AllowedIncludesPass) {
  EXPECT_THAT(Forbidden("high/a.cc",
                        "#include \"high/a.h\"\n#include \"low/b.h\"\n#include \"kinds/task.h\"\n"),
              IsEmpty());
  EXPECT_THAT(Forbidden("high/a.cc", "#include \"noizy/v1/agent.pb.h\"\n"), IsEmpty());
  EXPECT_THAT(Forbidden("low/deep/a.cc", "#include \"low/b.h\"\n"), IsEmpty());
  EXPECT_THAT(Forbidden("tests/unit/a.cc", "#include \"high/b.h\"\n"), IsEmpty());
}

TEST(LayerRules, IncludesAgainstTheLayersAreFound) {
  EXPECT_THAT(Forbidden("low/a.cc", "\n#include \"high/b.h\"\n"),
              ElementsAre(HasSubstr("low/a.cc:2: low may not include")));
  EXPECT_THAT(Forbidden("high/a.cc", "#include \"high/inner/b.h\"\n").size(), 1U);
  EXPECT_THAT(Forbidden("high/a.cc", "#include \"noizy/v1/agent.grpc.pb.h\"\n").size(), 1U);
  EXPECT_THAT(Forbidden("unheard/a.cc", ""), ElementsAre(HasSubstr("no line in tools/layers.txt")));
}

TEST(LayerRules, MalformedLinesAreFound) {
  Findings faults;
  Layers::Parse("low\n", faults);
  EXPECT_THAT(faults, ElementsAre(HasSubstr("tools/layers.txt:1")));
}

TEST(LayerRules, ThirdPartyHeadersHaveOwners) {
  EXPECT_THAT(ThirdParty("low/a.cc", "#include <vector>\n#include <boost/asio.hpp>\n"), IsEmpty());
  EXPECT_THAT(ThirdParty("high/a.cc", "#include <boost/json.hpp>\n"), IsEmpty());
  EXPECT_THAT(ThirdParty("tests/a.cc", "#include <gtest/gtest.h>\n"), IsEmpty());
  EXPECT_THAT(ThirdParty("low/a.cc", "#include <boost/json.hpp>\n"),
              ElementsAre(HasSubstr("belongs to high")));
  EXPECT_THAT(ThirdParty("low/a.cc", "#include <curl/curl.h>\n"),
              ElementsAre(HasSubstr("belongs to nobody")));
}

TEST(LayerRules, CyclesAreFoundOnce) {
  const std::map<std::string, std::string> chain = {{"a/a.h", "#include \"b/b.h\"\n"},
                                                    {"b/b.h", "#include \"c/c.h\"\n"},
                                                    {"c/c.h", "#include \"c/d.h\"\n"},
                                                    {"c/d.h", ""}};
  EXPECT_THAT(FolderCycles(Repository::Of(chain)), IsEmpty());
  auto knot = chain;
  knot["c/d.h"] = "#include \"a/a.h\"\n";
  EXPECT_THAT(FolderCycles(Repository::Of(knot)), ElementsAre(HasSubstr("a -> b -> c -> a")));
}

TEST(LayerRules, OperatingSystemsStayInOneFolder) {
  const std::string text = "#include <vector>\n#if defined(__APPLE__)\n#endif\n";
  EXPECT_THAT(OsConditionals(Repository::Of({{"machinery/os/a.cc", text}})), IsEmpty());
  EXPECT_THAT(OsConditionals(Repository::Of({{"cli/a.cc", text}})),
              ElementsAre(HasSubstr("cli/a.cc:2")));
  EXPECT_THAT(OsConditionals(Repository::Of({{"cli/a.cc", "#ifdef _WIN32\n#endif\n"}})).size(), 1U);
  EXPECT_THAT(
      OsConditionals(Repository::Of({{"cli/a.cc", "#ifdef NDEBUG\n#endif\n// __linux__\n"}})),
      IsEmpty());
}

}  // namespace
}  // namespace noizy::tidy
