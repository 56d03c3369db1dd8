"""`noizy doctor` on a grid that is well, one that is not, and one that does not run."""

import json
import os
import unittest

import grid


class DoctorTest(unittest.TestCase):
    def setUp(self):
        self.plane = grid.Grid("--node-name", "here")
        self.addCleanup(self.plane.close)

    def ask(self, *flags, code=0):
        """check → what was found."""
        found = json.loads(self.plane.noizy("doctor", "--data-dir", self.plane.data_dir, "-o", "json", *flags, code=code))
        self.assertEqual(found["ok"], code == 0, found)
        return {check["check"]: check for check in found["checks"]}

    def test_a_grid_that_is_well(self):
        self.plane.wait("condition=Ready", "node/here")
        found = self.ask()
        self.assertEqual(list(found), ["data folder", "disk space", "certificates", "database", "agents' port", "server", "clock", "nodes", "versions", "tasks", "payloads", "fencing"])
        for check in ("data folder", "certificates", "database", "agents' port", "server", "clock", "nodes", "versions", "tasks"):
            self.assertEqual(found[check]["verdict"], "ok", found[check])
        self.assertIn("the server's copy is whole", found["database"]["says"])
        lines = self.plane.noizy("doctor", "--data-dir", self.plane.data_dir).splitlines()
        self.assertEqual(len(lines), len(found))
        self.assertRegex(lines[7], r"^ok    nodes +1 node, all Ready$")

    def test_what_is_wrong_is_named_with_its_mend(self):
        self.plane.add_agent("worker")
        self.plane.kill_agent("worker")
        self.plane.wait("condition=Ready=Unknown", "node/worker")
        os.chmod(os.path.join(self.plane.data_dir, "secrets.key"), 0o644)
        found = self.ask(code=1)
        self.assertEqual(found["data folder"]["verdict"], "fail")
        self.assertIn("chmod", found["data folder"]["says"])
        self.assertEqual(found["nodes"]["verdict"], "warn")
        self.assertIn("worker (", found["nodes"]["says"])
        self.assertIn("fail  data folder", self.plane.noizy("doctor", "--data-dir", self.plane.data_dir, code=1))

    def test_a_stopped_and_a_damaged_grid(self):
        self.plane.plane.stop()
        found = self.ask("--https-port", self.plane.ports[0], "--grpc-port", self.plane.ports[1])
        self.assertIn("whole: ", found["database"]["says"])
        self.assertIn("is free", found["API's port"]["says"])
        self.assertNotIn("server", found)
        path = os.path.join(self.plane.data_dir, "store", "noizy.db")
        with open(path, "rb") as file:
            at = file.read().index(b'"noizy-system"')
        with open(path, "r+b") as file:
            file.seek(at)
            file.write(b"damage")
        self.assertEqual(self.ask("--https-port", self.plane.ports[0], code=1)["database"]["verdict"], "fail")

    def test_from_another_machine(self):
        """Without a data folder: what the API says, and this machine."""
        found = json.loads(self.plane.noizy("doctor", "-o", "json"))
        self.assertEqual([check["check"] for check in found["checks"]], ["server", "clock", "nodes", "versions", "tasks", "fencing"])
        self.plane.plane.stop()
        self.assertIn("fail  server", self.plane.noizy("doctor", code=1))


if __name__ == "__main__":
    unittest.main()
