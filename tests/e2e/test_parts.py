"""The three parts as processes of their own: `noizy apiserver`, `noizy controllers`, `noizy agent`."""

import os
import re
import unittest
import urllib.request

import grid


def metrics_of(process):
    """What the program serves at the address it logged."""
    port = re.search(r'Serving metrics" port="(\d+)"', process.log()).group(1)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=grid.STEP_SECONDS) as reply:
        return reply.read().decode()


class PartsTest(grid.GridTest):
    UP_FLAGS = ("--no-agent", "--no-controllers")

    def start_controllers(self, name, *flags):
        controllers = grid.Process([grid.BINARY, "controllers", *flags], os.path.join(self.grid.folder, name + ".log"), self.grid.env)
        self.addCleanup(controllers.stop)
        grid.read_line(controllers.popen.stdout, "^ready$")
        return controllers

    def test_controllers_elsewhere_do_the_work_and_one_leads(self):
        first = self.start_controllers("first")
        self.grid.wait("create", "lease/noizy-controllers", "-n", "noizy-system")
        leader = self.grid.get("lease", "noizy-controllers", "-n", "noizy-system")["spec"]["holderIdentity"]
        self.start_controllers("second")
        self.grid.add_agent("worker")
        self.grid.apply(grid.task("one", "echo one"))
        self.grid.wait("condition=Complete", "task/one")
        self.assertEqual(self.grid.get("lease", "noizy-controllers", "-n", "noizy-system")["spec"]["holderIdentity"], leader)
        # A leader that stops lets go of the Lease, and the other one goes on.
        self.assertEqual(first.stop(), 0, first.log())
        self.grid.apply(grid.task("two", "echo two"))
        self.grid.wait("condition=Complete", "task/two")
        self.assertNotEqual(self.grid.get("lease", "noizy-controllers", "-n", "noizy-system")["spec"]["holderIdentity"], leader)

    def test_each_part_serves_its_metrics(self):
        controllers = self.start_controllers("measured", "--metrics-address", "127.0.0.1:0")
        agent = self.grid.add_agent("measured", "--metrics-address", "127.0.0.1:0")
        self.assertTrue('workqueue_depth{name="scheduler"}' in metrics_of(controllers))
        self.assertTrue("noizy_agent_session_connected 1" in metrics_of(agent))
        self.grid.apply(grid.task("counted", "echo one"))
        self.grid.wait("condition=Complete", "task/counted")
        phases = re.findall(r'noizy_tasks{phase="Succeeded"} [1-9]', self.grid.kubectl("get", "--raw", "/metrics"))
        self.assertEqual(len(phases), 1)

    def test_two_servers_cannot_open_one_data_folder(self):
        self.grid.noizy("apiserver", "--data-dir", self.grid.data_dir, "--https-port", "0", "--grpc-port", "0", code=1)
        self.assertIn(self.grid.data_dir, self.grid.last.stderr)

    def test_wrong_usage_is_exit_code_2(self):
        for arguments in (["up", "--colour"], ["apiserver", "--https-port", "many"], ["agent", "--name"], ["frobnicate"]):
            self.grid.noizy(*arguments, code=2)
            self.assertTrue(self.grid.last.stderr)


if __name__ == "__main__":
    unittest.main()
