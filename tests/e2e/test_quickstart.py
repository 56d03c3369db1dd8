"""What the README shows: the quick start's manifests, run by the grid's own agent."""

import os
import unittest

import grid


class QuickstartTest(grid.GridTest):
    def test_the_manifests_succeed_with_node_result_and_log(self):
        made = self.grid.noizy("apply", "-f", os.path.join(grid.SOURCE, "manifests/quickstart"))
        self.assertIn("task.noizy.dev/hello created", made)
        self.grid.wait("condition=Complete", "task/all-done")
        words = self.grid.get("task", "count-words")["status"]
        self.assertEqual(words["phase"], "Succeeded")
        self.assertEqual(words["exitCode"], 0)
        self.assertTrue(words["nodeName"])
        self.assertIn("Hello from noizy, attempt 1", words["result"])
        self.assertEqual(self.grid.noizy("logs", "count-words").split()[-1], "9")
        lucky = self.grid.get("task", "third-time-lucky")["status"]
        self.assertEqual([attempt.get("exitCode") for attempt in lucky["attempts"]], [1, 1, 0])
        self.assertEqual(lucky["attempt"], 3)
        again = self.grid.noizy("apply", "-f", os.path.join(grid.SOURCE, "manifests/quickstart"))
        self.assertIn("task.noizy.dev/hello unchanged", again)

    def test_run_follows_the_output_and_exits_with_the_tasks_code(self):
        self.assertEqual(self.grid.noizy("run", "hi", "--", "echo", "hi there"), "hi there\n")
        self.grid.noizy("run", "bad", "--", "sh", "-c", "exit 7", code=7)

    def test_samples_are_accepted(self):
        for sample in sorted(os.listdir(os.path.join(grid.SOURCE, "manifests/samples"))):
            path = os.path.join(grid.SOURCE, "manifests/samples", sample)
            # What is a question is answered, not kept: it has no name, and there is nothing to apply.
            if "reviews" in sample:
                self.grid.kubectl("create", "-f", path)
            else:
                self.grid.noizy("apply", "--dry-run=server", "-f", path)

    def test_a_clean_stop_is_exit_code_0(self):
        other = grid.Grid("--no-agent", "--no-controllers")
        try:
            self.assertEqual(other.plane.stop(), 0, other.plane.log())
        finally:
            other.close()


if __name__ == "__main__":
    unittest.main()
