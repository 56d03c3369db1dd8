#include "apiserver/backup/tar.h"

#include <gtest/gtest.h>

#include "machinery/os/command.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

const std::vector<TarFile> kFiles{{"manifest.json", "{}\n"},
                                  {"store/noizy.db", std::string(1500, '\0')},
                                  {"empty", ""},
                                  {std::string(100, 'n'), std::string(512, 'x')}};

TEST(TarTest, ReadsWhatItWrote) {
  const auto archive = WriteTar(kFiles);
  ASSERT_TRUE(archive.ok()) << archive.status().ToString();
  const auto files = ReadTar(*archive);
  ASSERT_TRUE(files.ok()) << files.status().ToString();
  EXPECT_EQ(*files, kFiles);
  EXPECT_EQ(ReadTar(*WriteTar({}))->size(), 0U);
}

TEST(TarTest, ANameThatDoesNotFitIsRefused) {
  EXPECT_FALSE(WriteTar({TarFile{std::string(101, 'n'), ""}}).ok());
  EXPECT_FALSE(WriteTar({TarFile{"", ""}}).ok());
}

TEST(TarTest, WhatWasCutShortIsRefusedWhereverItIsCut) {
  const std::string archive = *WriteTar(kFiles);
  for (std::size_t size = 0; size + 1024 < archive.size(); size += 100)
    EXPECT_FALSE(ReadTar(archive.substr(0, size)).ok()) << size;
}

TEST(TarTest, ADamagedHeaderIsSeen) {
  const std::string archive = *WriteTar(kFiles);
  for (std::size_t at = 0; at < 512; ++at) {
    std::string damaged = archive;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x15);
    const auto files = ReadTar(damaged);
    EXPECT_TRUE(!files.ok() || *files == kFiles) << at;
  }
}

TEST(TarTest, TarItselfReadsIt) {
  const ScratchFolder folder;
  ASSERT_TRUE(WriteFileAtomically(folder / "a.tar", *WriteTar(kFiles)).ok());
  const auto listed = RunCommand({"tar", "tf", folder / "a.tar"});
  ASSERT_TRUE(listed.ok()) << listed.status().ToString();
  EXPECT_EQ(listed->output,
            "manifest.json\nstore/noizy.db\nempty\n" + std::string(100, 'n') + "\n");
}

}  // namespace
}  // namespace noizy::apiserver
