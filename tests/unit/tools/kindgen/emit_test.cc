#include "tools/kindgen/emit.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace noizy::kindgen {
namespace {

const std::string kGolden = NOIZY_SOURCE_DIR "/tests/golden/kindgen/";

std::string ReadFile(const std::string& name) {
  std::ifstream in(kGolden + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// When the generator changes on purpose: run kindgen on gadget.yaml and copy gadget.h and gadget.cc
// over the golden files.
TEST(Emit, MatchesTheGoldenFiles) {
  const std::string schema = ReadFile("gadget.yaml");
  const auto registry = KindRegistry::FromYaml({schema});
  ASSERT_TRUE(registry.ok()) << registry.status().message();
  const auto model = BuildModel(registry->kinds().front());
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(EmitHeader(*model), ReadFile("gadget.h.golden"));
  EXPECT_EQ(EmitSource(*model), ReadFile("gadget.cc.golden"));
}

TEST(Emit, EmbedsTextsAsTheyAre) {
  const std::string text = EmitEmbeddedSchemas({"a: \"b\\c\"\n", "d: e\n"});
  EXPECT_NE(text.find("R\"NOIZY(a: \"b\\c\"\n)NOIZY\",\nR\"NOIZY(d: e\n)NOIZY\",\n"),
            std::string::npos);
}

}  // namespace
}  // namespace noizy::kindgen
