#include "cli/command.h"

#include <gtest/gtest.h>

#include <set>

#include "cli/commands.h"

namespace noizy::cli {
namespace {

TEST(FailureLine, IsOneLineAndSaysHowToGoOn) {
  EXPECT_EQ(FailureLine(BadRequest("a\nb\r\nc")), "error: a b  c");
  EXPECT_EQ(FailureLine(Unavailable("no")), "error: no (`noizy up` starts one)");
  EXPECT_EQ(FailureLine(Unauthorized("no")),
            "error: no (check the kubeconfig's certificate or token)");
  EXPECT_EQ(FailureLine(Conflict("tasks", "a", "x")).find("(somebody changed it meanwhile") ==
                std::string::npos,
            false);
}

TEST(WrongUsage, IsToldApartFromTheServersBadRequest) {
  EXPECT_TRUE(IsWrongUsage(WrongUsage("x")));
  EXPECT_FALSE(IsWrongUsage(BadRequest("x")));
  EXPECT_FALSE(IsWrongUsage(Status::Ok()));
}

TEST(Commands, EachHasAllThatHelpShows) {
  std::set<std::string_view> names;
  for (const Command* command : AllCommands()) {
    EXPECT_TRUE(names.insert(command->name).second) << command->name;
    EXPECT_FALSE(command->summary.empty()) << command->name;
    EXPECT_NE(command->run, nullptr) << command->name;
    EXPECT_FALSE(command->summary.ends_with('.')) << command->name;
  }
}

TEST(Commands, NoFlagHidesAnother) {
  for (const Command* command : AllCommands()) {
    std::set<std::string_view> names;
    std::set<char> letters;
    for (const std::span<const Flag> flags : {command->flags, GlobalFlags()}) {
      for (const Flag& flag : flags) {
        EXPECT_TRUE(names.insert(flag.name).second) << command->name << " --" << flag.name;
        const bool letter_is_free = flag.letter == 0 || letters.insert(flag.letter).second;
        EXPECT_TRUE(letter_is_free) << command->name << " -" << flag.letter;
        EXPECT_FALSE(flag.help.empty()) << command->name << " --" << flag.name;
        const bool names_value = !flag.value_name.empty();
        EXPECT_EQ(names_value, flag.kind != FlagKind::kSwitch)
            << command->name << " --" << flag.name;
      }
    }
  }
}

}  // namespace
}  // namespace noizy::cli
