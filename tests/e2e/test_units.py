"""The systemd units as systemd itself judges them, without running them."""

import os
import re
import shutil
import subprocess
import unittest

import grid

# What each unit may expose at most, of 10; an agent runs other people's programs.
EXPOSURE = {"noizy.service": 2.0, "noizy-agent.service": 4.0}


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not here")
class UnitsTest(unittest.TestCase):
    def test_they_expose_little(self):
        for unit, most in EXPOSURE.items():
            path = os.path.join(grid.SOURCE, "deploy", "systemd", unit)
            shown = subprocess.run(["systemd-analyze", "security", "--offline=true", path], capture_output=True, text=True, check=True).stdout
            exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", shown).group(1))
            self.assertLessEqual(exposure, most, shown)


if __name__ == "__main__":
    unittest.main()
