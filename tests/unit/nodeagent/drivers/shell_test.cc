#include "nodeagent/drivers/shell.h"

#include "tests/unit/machinery/os/scratch.h"

namespace noizy::nodeagent {
namespace {

// A folder that holds the named programs.
class Programs {
 public:
  explicit Programs(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      EXPECT_TRUE(WriteFileAtomically(scratch_ / name, "", Durability::kAtomic, 0700).ok());
    }
  }
  std::vector<std::string> Choose(std::string_view shell, std::string_view source = "") const {
    return ChooseShell(shell, source, scratch_.path()).ValueOr({{"none"}, ""}).argv;
  }
  std::string Path(const std::string& name) const { return scratch_ / name; }

 private:
  ScratchFolder scratch_;
};

TEST(ShellTest, AutoPrefersTheScriptsOwnWordThenBash) {
  const Programs both({"bash", "sh"});
  EXPECT_EQ(both.Choose("auto"), std::vector{both.Path("bash")});
  EXPECT_EQ(both.Choose(""), std::vector{both.Path("bash")});
  EXPECT_EQ(both.Choose("auto", "#!/usr/bin/env python3\n"), std::vector<std::string>{});
  EXPECT_EQ(both.Choose("sh", "#!/usr/bin/env python3\n"), std::vector{both.Path("sh")});
  const Programs only({"sh"});
  EXPECT_EQ(only.Choose("auto"), std::vector{only.Path("sh")});
}

TEST(ShellTest, PowerShellIsEither) {
  const Programs core({"pwsh"});
  const auto command = core.Choose("powershell");
  EXPECT_EQ(command.front(), core.Path("pwsh"));
  EXPECT_EQ(command.back(), "-File");
  EXPECT_EQ(ChooseShell("pwsh", "", core.Path("")).ValueOr({}).suffix, ".ps1");
}

TEST(ShellTest, MissingAndUnknownShellsAreTold) {
  const Programs none({});
  EXPECT_EQ(ChooseShell("zsh", "", none.Path("")).status().message(),
            "this node has no shell \"zsh\"");
  EXPECT_EQ(ChooseShell("tcsh", "", none.Path("")).status().reason(), StatusReason::kBadRequest);
}

}  // namespace
}  // namespace noizy::nodeagent
