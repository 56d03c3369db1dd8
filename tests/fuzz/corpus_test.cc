// Replays a fuzz target's seeds, and cut and bent copies of them, in an ordinary build: a target
// that no longer holds for what it held for once is seen without clang.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "machinery/base/random.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace noizy {
namespace {

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(NOIZY_CORPUS_DIR)) {
    std::ifstream file(entry.path(), std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

void Feed(const std::string& text) {
  EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()),
            0);
}

TEST(Corpus, EverySeedHolds) {
  const std::vector<std::string> seeds = Seeds();
  ASSERT_GE(seeds.size(), 5U);
  for (const std::string& seed : seeds) Feed(seed);
}

TEST(Corpus, EverySeedHoldsWhenItIsCutShort) {
  for (const std::string& seed : Seeds()) {
    for (std::size_t length = 0; length < seed.size(); ++length) Feed(seed.substr(0, length));
  }
}

TEST(Corpus, SeedsHoldWhenBytesAreChanged) {
  SeededRandom random(1);
  const std::vector<std::string> seeds = Seeds();
  constexpr std::string_view kBytes = "\"'{}[]:,-#&*!|>%@`\\\n\t \r?~0eE.+x\x01\x80\xC3\xFF";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seeds[random.Below(seeds.size())];
    for (std::uint64_t changes = random.Below(4) + 1; changes > 0 && !text.empty(); --changes) {
      const std::size_t at = random.Below(text.size());
      const char byte = kBytes[random.Below(kBytes.size())];
      if (random.Below(2) == 0) {
        text[at] = byte;
      } else {
        text.insert(at, 1, byte);
      }
    }
    Feed(text);
  }
}

}  // namespace
}  // namespace noizy
