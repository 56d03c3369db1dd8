"""docs/life-of-a-task.md tells the truth: its files exist, and a real Task passes its rooms in that order, each seen by its own trace."""

import os
import re
import unittest

import grid


def told_files():
    with open(os.path.join(grid.SOURCE, "docs/life-of-a-task.md"), encoding="utf-8") as page:
        return re.findall(r"^\* `([^`]+)`$", page.read(), re.MULTILINE)


class LifeOfATaskTest(grid.GridTest):
    def test_the_files_exist(self):
        files = told_files()
        self.assertGreaterEqual(len(files), 15)
        for path in files:
            self.assertTrue(os.path.isfile(os.path.join(grid.SOURCE, path)), path)

    def test_the_rooms_are_passed_in_order(self):
        rooms = [path.split("/")[0] for path in told_files() if not path.startswith("machinery/")]
        order = [room for i, room in enumerate(rooms) if i == 0 or rooms[i - 1] != room]
        self.assertEqual(order, ["cli", "apiserver", "controllers", "nodeagent", "apiserver"])
        self.assertIn("created", self.grid.apply(grid.task("traced", "echo hello")))
        self.grid.wait("condition=Complete", "task/traced")
        task = self.grid.get("task", "traced")
        status = task["status"]
        # Room 2 stamped it, room 3 bound it, room 4 started and ended it, room 5 brought the end back: each wrote its own time.
        bound = next(c for c in status["conditions"] if c["type"] == "Scheduled")
        self.assertEqual(bound["status"], "True")
        attempt = status["attempts"][0]
        times = [task["metadata"]["creationTimestamp"], bound["lastTransitionTime"], attempt["startTime"], attempt["finishTime"]]
        self.assertEqual([time[:19] for time in times], sorted(time[:19] for time in times))
        self.assertLessEqual(attempt["finishTime"][:19], status["completionTime"][:19])
        # And the log shows the hand-over from the server to the node and back.
        steps = [r'Assigned an attempt" object="Task default/traced"', r'default/traced".*state="starting"', r'default/traced".*state="running"',
                 r'default/traced".*state="exited"', r'default/traced".*state="reported"']
        log = self.grid.plane.log()
        found = [re.search(step, log) for step in steps]
        for step, match in zip(steps, found):
            self.assertIsNotNone(match, step)
        places = [match.start() for match in found]
        self.assertEqual(places, sorted(places))

    def test_the_way_leaves_its_metrics(self):
        self.grid.apply(grid.task("counted", "true"))
        self.grid.wait("condition=Complete", "task/counted")
        metrics = self.grid.kubectl("get", "--raw", "/metrics")
        for name in ('noizy_apiserver_requests_total{code="201",resource="tasks.noizy.dev",verb="create"}', "noizy_apiserver_request_seconds_bucket",
                     "noizy_store_commits_total", "noizy_store_batch_writes", "noizy_controller_reconcile_seconds",
                     "noizy_agent_attempts_started_total", "noizy_agent_sessions"):
            self.assertIn(name, metrics)


if __name__ == "__main__":
    unittest.main()
