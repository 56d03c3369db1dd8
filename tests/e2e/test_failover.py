"""Agents as processes of their own: joining, retries, a killed machine, a restarted agent, a killed control plane."""

import os
import unittest

import grid


class FailoverTest(grid.GridTest):
    UP_FLAGS = ("--no-agent",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("left", "right"):
            cls.grid.add_agent(name)
            cls.grid.noizy("patch", "node", name, "--type=merge", "-p", '{"spec":{"leaseDurationSeconds":1}}')

    def marker(self, name):
        return os.path.join(self.grid.folder, name)

    def test_a_task_on_a_killed_agent_finishes_on_the_other_one(self):
        # The first attempt prefers left and waits on a pipe that nobody writes to; the next finds left gone and ends.
        os.mkfifo(self.marker("never"))
        script = f'test "$NOIZY_ATTEMPT" -ge 2 || cat {self.marker("never")}; echo "done by $NOIZY_NODE_NAME"'
        affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 100, "preference": {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["left"]}]}}]}}
        self.grid.apply(grid.task("mover", script, affinity=affinity))
        self.grid.wait("jsonpath={.status.phase}=Running", "task/mover")
        node = self.grid.get("task", "mover")["status"]["nodeName"]
        other = {"left": "right", "right": "left"}[node]
        self.grid.kill_agent(node)
        self.grid.wait("condition=Complete", "task/mover")
        status = self.grid.get("task", "mover")["status"]
        self.assertEqual(status["nodeName"], other)
        self.assertEqual(status["attempt"], 2)
        self.assertEqual([attempt["nodeName"] for attempt in status["attempts"]], [node, other])
        self.assertEqual(status["attempts"][0]["reason"], "NodeLost")
        self.assertIn(f"done by {other}", status["result"])
        ready = self.grid.get("node", node)["status"]["conditions"]
        self.assertEqual([c["status"] for c in ready if c["type"] == "Ready"], ["Unknown"])
        self.grid.add_agent(node)

    def test_a_restarted_agent_finds_its_running_task_again(self):
        os.mkfifo(self.marker("gate"))
        self.grid.apply(grid.task("sleeper", f"echo begun; read line < {self.marker('gate')}; echo $line", nodeName="left", failover="Pinned"))
        self.grid.wait("jsonpath={.status.phase}=Running", "task/sleeper")
        self.grid.agents.pop("left").kill()
        self.grid.add_agent("left")
        with open(self.marker("gate"), "w", encoding="utf-8") as gate:
            gate.write("survived\n")
        self.grid.wait("condition=Complete", "task/sleeper")
        status = self.grid.get("task", "sleeper")["status"]
        self.assertEqual(status["attempt"], 1)
        self.assertEqual(self.grid.noizy("logs", "sleeper"), "begun\nsurvived\n")

    def test_a_killed_control_plane_comes_back_to_its_tasks(self):
        os.mkfifo(self.marker("plane"))
        self.grid.apply(grid.task("patient", f"read line < {self.marker('plane')}; echo $line", nodeName="right"))
        self.grid.wait("jsonpath={.status.phase}=Running", "task/patient")
        self.grid.plane.kill()
        with open(self.marker("plane"), "w", encoding="utf-8") as gate:
            gate.write("ended meanwhile\n")
        self.grid.start()
        self.grid.wait("condition=Complete", "task/patient")
        status = self.grid.get("task", "patient")["status"]
        self.assertEqual(status["attempt"], 1)
        self.assertEqual(status["result"], "ended meanwhile\n")

    def test_deleting_a_running_task_ends_its_process(self):
        for name in ("open", "armed"):
            os.mkfifo(self.marker(name))
        script = (f"trap 'echo ended > {self.marker('trace')}; exit 0' TERM; echo > {self.marker('armed')}; "
                  f"cat {self.marker('open')} & wait")
        self.grid.apply(grid.task("victim", script, nodeName="right"))
        with open(self.marker("armed"), encoding="utf-8") as armed:
            armed.read()  # comes once the script has set its trap
        self.grid.wait("jsonpath={.status.phase}=Running", "task/victim")
        self.grid.noizy("delete", "task", "victim")
        self.grid.noizy("get", "task", "victim", code=1)
        with open(self.marker("trace"), encoding="utf-8") as trace:
            self.assertEqual(trace.read(), "ended\n")

    def test_tokens_work_once_and_names_stay_unique(self):
        token = self.grid.noizy("token", "create").splitlines()[-1]
        ca_hash = self.grid.last.stderr.split("--ca-hash ")[1].split()[0]
        join = [grid.BINARY, "agent", "--join", "127.0.0.1:" + self.grid.ports[1], "--token", token]
        folder = os.path.join(self.grid.folder, "stranger")
        wrong = "sha256:" + "0" * 64
        self.grid.run(*join, "--ca-hash", wrong, "--name", "stranger", "--data-dir", folder, code=1)
        self.assertIn("hash", self.grid.last.stderr)
        self.grid.run(*join, "--ca-hash", ca_hash, "--name", "right", "--data-dir", folder, code=1)
        self.assertIn("right", self.grid.last.stderr)
        self.assertFalse(os.path.exists(os.path.join(folder, "node.key")) and os.path.exists(os.path.join(folder, "node.crt")))


if __name__ == "__main__":
    unittest.main()
