#include "machinery/diagnosis/redact.h"

#include <gtest/gtest.h>

namespace noizy::diagnosis {
namespace {

std::string Redacted(std::string_view text) {
  return Redactor().Redact(text);
}

TEST(Redact, WhatItWasToldOfIsGoneInEveryForm) {
  Redactor redactor;
  redactor.Hide("s3 \"cr\"/et\n");
  for (const char* text : {"s3 \"cr\"/et", R"({"a":"s3 \"cr\"/et"})", "?k=s3%20%22cr%22%2Fet",
                           "czMgImNyIi9ldAo=", "czMgImNyIi9ldA=="}) {
    const std::string shown = redactor.Redact(text);
    EXPECT_NE(shown.find(kRedacted), std::string::npos) << text;
    EXPECT_EQ(shown.find("cr"), std::string::npos) << shown;
    EXPECT_EQ(shown.find("czMg"), std::string::npos) << shown;
  }
}

TEST(Redact, LinesOfALongerValueAreSecretsOfTheirOwn) {
  Redactor redactor;
  redactor.Hide("first line of it\nsecond line of it\nend");
  EXPECT_EQ(redactor.Redact("saw second line of it, the end"), "saw [redacted], the end");
}

TEST(Redact, AShortValueIsAWord) {
  Redactor redactor;
  redactor.Hide("abc");
  EXPECT_EQ(redactor.Redact("abc, abcdef and x-abc"), "[redacted], abcdef and x-[redacted]");
}

TEST(Redact, CharactersThatDoNotShowHideNothing) {
  Redactor redactor;
  redactor.Hide("hunter2hunter");
  EXPECT_EQ(redactor.Redact("a hunter2\x1bhunter b"), "a [redacted] b");
  EXPECT_EQ(redactor.Redact("\x01\xff\r\nplain\ttext"), "\nplain\ttext");
}

TEST(Redact, AnEmptyValueHidesNothing) {
  Redactor redactor;
  redactor.Hide("");
  redactor.Hide(" \n");
  EXPECT_EQ(redactor.Redact("all of it"), "all of it");
}

TEST(Redact, TakesOutWhatLooksLikeASecret) {
  const std::pair<const char*, const char*> kCases[] = {
      {"password=hunter2 x", "password=[redacted] x"},
      {"DB_PASSWORD: hunter2", "DB_PASSWORD: [redacted]"},
      {R"({"apiKey": "k 1", "n": 1})", R"({"apiKey": [redacted], "n": 1})"},
      {"client_secret => 'a b' c", "client_secret => [redacted] c"},
      {"run --token abc d", "run --token [redacted] d"},
      {"The password is hunter2", "The password is [redacted]"},
      {"Authorization: Basic dXNlcjpwYXNz\nnext", "Authorization: [redacted]\nnext"},
      {"Cookie: a=b; c=d", "Cookie: [redacted]"},
      {"got Bearer abcdef.ghi", "got Bearer [redacted]"},
      {"curl -u me:pw http://h", "curl -u [redacted] http://h"},
      {"postgres://me:p@ss@host/db", "postgres://[redacted]@host/db"},
      {"https://token@github.com/x", "https://[redacted]@github.com/x"},
      {"key sk-abcdefghijklmnop.", "key [redacted]."},
      {"AKIAABCDEFGHIJKLMNOP", "[redacted]"},
      {"ghp_abcdefghijklmnopqrst", "[redacted]"},
      {"jwt eyJhbGciOi.eyJzdWIi.sig", "jwt [redacted]"},
      {"-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY----- x",
       "-----BEGIN EC PRIVATE KEY-----[redacted] x"},
      {"-----BEGIN PRIVATE KEY-----\nMHcC\ncut", "-----BEGIN PRIVATE KEY-----[redacted]"},
      {"digest 3f2b8c1d9e0a4b7c6d5e 1", "digest [redacted] 1"},
      {"a4Xz9Qm2Lp7Rt5Vw8Yb1Nc3K", "[redacted]"}};
  for (const auto& [text, shown] : kCases) EXPECT_EQ(Redacted(text), shown);
}

TEST(Redact, LeavesWhatPeopleAndProgramsWrite) {
  for (const char* text :
       {"Traceback (most recent call last):\n  File \"/usr/lib/x86_64-linux-gnu/python3.11/a.py\"",
        "exit code 137, 4 GiB of 8 GiB, at 2026-11-22T10:00:00Z",
        "ModuleNotFoundError: No module named 'torch'", "https://example.com/path?page=2",
        "nvidia-driver-535-server-open on my-node-2024-rack-17",
        "std::vector<std::string>::operator[]", "Secret default/llm not found"})
    EXPECT_EQ(Redacted(text), text);
}

TEST(Redact, KnowsNamesOfSecrets) {
  EXPECT_TRUE(NamesASecret("DB_PASSWORD"));
  EXPECT_TRUE(NamesASecret("GITHUB_TOKEN"));
  EXPECT_TRUE(NamesASecret("X_API_KEY"));
  EXPECT_FALSE(NamesASecret("HOME"));
}

}  // namespace
}  // namespace noizy::diagnosis
