// The rules, run on this repository.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/tidy/rules.h"

namespace noizy::tidy {
namespace {

const Repository& Ours() {
  static const Repository repository = Repository::Load(NOIZY_SOURCE_DIR);
  return repository;
}

const Layers& OurLayers() {
  static const Layers layers = [] {
    Findings faults;
    Layers parsed = Layers::Parse(Ours().files().at("tools/layers.txt").text, faults);
    for (const std::string& fault : faults) ADD_FAILURE() << fault;
    return parsed;
  }();
  return layers;
}

void ExpectNone(const Findings& findings) {
  for (const std::string& finding : findings) ADD_FAILURE() << finding;
}

TEST(Tidy, FunctionsAreShort) {
  ExpectNone(FunctionsTooLong(Ours()));
}
TEST(Tidy, FilesAreShort) {
  ExpectNone(FilesTooLong(Ours()));
}
TEST(Tidy, BlobsAreSmall) {
  ExpectNone(BlobsTooLarge(Ours()));
}
TEST(Tidy, MeasuresAreInRange) {
  const Measures measures = Measure(Ours());
  std::cout << ToString(measures) << "\n";
  ExpectNone(MeasuresOutOfRange(measures));
}

TEST(Tidy, IncludesFollowTheLayers) {
  ExpectNone(ForbiddenIncludes(Ours(), OurLayers()));
}
TEST(Tidy, ThirdPartyHeadersStayWithTheirOwners) {
  ExpectNone(ThirdPartyOutOfPlace(Ours(), OurLayers()));
}
TEST(Tidy, FoldersFormNoCycle) {
  ExpectNone(FolderCycles(Ours()));
}
TEST(Tidy, OnlyOneFolderKnowsOperatingSystems) {
  ExpectNone(OsConditionals(Ours()));
}

TEST(Tidy, NamesSaySomething) {
  ExpectNone(BannedNames(Ours()));
}
TEST(Tidy, CallsAreSafe) {
  ExpectNone(BannedCalls(Ours()));
}
TEST(Tidy, ObjectsHaveOwners) {
  ExpectNone(RawNewAndDelete(Ours()));
}
TEST(Tidy, ThereIsOneErrorEnum) {
  ExpectNone(ExtraErrorEnums(Ours()));
}
TEST(Tidy, NothingIsLeftUnfinished) {
  ExpectNone(UnfinishedMarks(Ours()));
}

TEST(Tidy, EveryHeaderIsIncluded) {
  ExpectNone(DeadHeaders(Ours()));
}
TEST(Tidy, EveryBodyCanBeCalled) {
  ExpectNone(DeadBodies(Ours()));
}
TEST(Tidy, NothingGeneratedIsInGit) {
  ExpectNone(GeneratedFiles(Ours()));
}
TEST(Tidy, EveryBodyIsTested) {
  RecordProperty("percent_with_own_test", std::to_string(PercentWithOwnTest(Ours())));
  ExpectNone(UntestedBodies(Ours()));
}
TEST(Tidy, EveryKindHasASample) {
  ExpectNone(KindsWithoutSample(Ours()));
}

TEST(Tidy, LinksLeadSomewhere) {
  ExpectNone(BrokenLinks(Ours()));
}
TEST(Tidy, DocumentsHaveOneTitle) {
  ExpectNone(TitlesNotOne(Ours()));
}
TEST(Tidy, ThreatsNameTheirTests) {
  ExpectNone(ThreatsWithoutTest(Ours()));
}

}  // namespace
}  // namespace noizy::tidy
