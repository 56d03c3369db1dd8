"""The systemd units as systemd itself judges them, without running them."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import grid

# What each unit may expose at most, of 10; with what is put beside it.
EXPOSURE = {("noizy.service",): 2.0, ("noizy-agent.service",): 2.0, ("noizy-agent.service", "noizy-agent-compute.conf"): 2.5}


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not here")
class UnitsTest(unittest.TestCase):
    def test_they_expose_little(self):
        for (unit, *beside), most in EXPOSURE.items():
            with tempfile.TemporaryDirectory() as folder, self.subTest(unit=unit, beside=beside):
                source = os.path.join(grid.SOURCE, "deploy", "systemd")
                shutil.copy(os.path.join(source, unit), folder)
                os.mkdir(os.path.join(folder, unit + ".d"))
                for name in beside:
                    shutil.copy(os.path.join(source, name), os.path.join(folder, unit + ".d"))
                shown = subprocess.run(["systemd-analyze", "security", "--offline=true", os.path.join(folder, unit)], capture_output=True, text=True, check=True).stdout
                exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", shown).group(1))
                self.assertLessEqual(exposure, most, shown)


if __name__ == "__main__":
    unittest.main()
