"""Reading with stock kubectl: tables, formats, selectors, chunks, watches."""

import json
import subprocess
import unittest

import conformance
import grid


class GetTest(conformance.Test):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for index, colour in enumerate(("red", "green", "red", "blue")):
            body = conformance.config_map(f"m{index}", {"colour": colour, "index": str(index)}, size=str(10 - index))
            cls.client.request("POST", f"/api/v1/namespaces/{cls.namespace}/configmaps", body)
        cls.client.request("POST", f"/apis/noizy.dev/v1/namespaces/{cls.namespace}/tasks", conformance.task("t", {"colour": "red"}))

    def names(self, *flags):
        return self.kubectl("get", "configmaps", "-o", "name", *flags).split()

    def test_a_table_has_the_schemas_columns_and_wide_has_more(self):
        head, row = self.kubectl("get", "tasks").splitlines()
        self.assertRegex(head, "^NAME +PHASE +NODE ")
        self.assertRegex(row, "^t +Pending ")
        wide = self.kubectl("get", "tasks", "-o", "wide").splitlines()
        self.assertGreater(len(wide[0].split()), len(head.split()))
        self.assertRegex(self.kubectl("get", "configmaps").splitlines()[1], r"^m0 +1 +\d+s$")

    def test_an_object_is_the_same_in_every_format(self):
        as_json = json.loads(self.kubectl("get", "configmap", "m1", "-o", "json"))
        self.assertEqual(as_json["data"], {"size": "9"})
        self.assertIn("size: \"9\"", self.kubectl("get", "configmap", "m1", "-o", "yaml"))
        self.assertEqual(self.kubectl("get", "configmap", "m1", "-o", "jsonpath={.metadata.uid}"), as_json["metadata"]["uid"])
        self.assertEqual(self.kubectl("get", "configmap", "m1", "-o", "go-template={{.data.size}}"), "9")
        self.assertEqual(self.kubectl("get", "configmap/m1", "tasks/t", "-o", "name"), "configmap/m1\ntask.noizy.dev/t\n")

    def test_custom_columns_and_sorting(self):
        shown = self.kubectl("get", "configmaps", "-o", "custom-columns=N:.metadata.name,S:.data.size", "--sort-by={.data.size}")
        self.assertEqual([line.split() for line in shown.splitlines()], [["N", "S"], ["m3", "7"], ["m2", "8"], ["m1", "9"], ["m0", "10"]])
        table = self.kubectl("get", "configmaps", "--sort-by=.metadata.labels.colour", "--no-headers", "-L", "colour")
        self.assertEqual([line.split()[-1] for line in table.splitlines()], ["blue", "green", "red", "red"])

    def test_chunks_hold_the_whole_list(self):
        self.assertEqual(self.names("--chunk-size=1"), [f"configmap/m{index}" for index in range(4)])
        first = self.request("GET", self.path("configmaps", query="limit=3")).json
        self.assertEqual(first["metadata"]["remainingItemCount"], 1)
        second = self.request("GET", self.path("configmaps", query="limit=3&continue=" + first["metadata"]["continue"])).json
        self.assertEqual([item["metadata"]["name"] for item in second["items"]], ["m3"])
        self.assertNotIn("continue", {key for key, value in second["metadata"].items() if value})

    def test_selectors(self):
        self.assertEqual(self.names("-l", "colour=red"), ["configmap/m0", "configmap/m2"])
        self.assertEqual(self.names("-l", "colour!=red"), ["configmap/m1", "configmap/m3"])
        self.assertEqual(self.names("-l", "colour in (green,blue),index notin (3)"), ["configmap/m1"])
        self.assertEqual(self.names("-l", "colour,!size", "--field-selector=metadata.name=m3"), ["configmap/m3"])
        self.assertEqual(self.names("--field-selector=metadata.name!=m3"), ["configmap/m0", "configmap/m1", "configmap/m2"])
        self.kubectl("get", "configmaps", "--field-selector=data.size=9", code=1)
        self.assertIn("field label not supported", self.said)
        self.kubectl("get", "configmaps", "-l", "colour===red", code=1)

    def test_all_namespaces_and_all_kinds(self):
        rows = self.kubectl("get", "tasks", "-A", "--no-headers").splitlines()
        self.assertIn([self.namespace, "t"], [row.split()[:2] for row in rows])
        self.assertIn("task.noizy.dev/t", self.kubectl("get", "all", "-o", "name"))
        both = self.kubectl("get", "configmaps,tasks", "-l", "colour=red", "-o", "name").split()
        self.assertEqual(both, ["configmap/m0", "configmap/m2", "task.noizy.dev/t"])

    def test_what_is_not_there_is_said_as_kubernetes_says_it(self):
        self.kubectl("get", "configmap", "none", code=1)
        self.assertEqual(self.said, 'Error from server (NotFound): configmaps "none" not found\n')
        self.assertEqual(self.kubectl("get", "configmap", "none", "--ignore-not-found"), "")
        self.kubectl("get", "widgets", code=1)
        self.assertIn('the server doesn\'t have a resource type "widgets"', self.said)
        self.kubectl("get", "tasks", "-l", "no=one")
        self.assertEqual(self.said, f"No resources found in {self.namespace} namespace.\n")

    def test_the_status_subresource_and_raw_paths(self):
        status = json.loads(self.kubectl("get", "task", "t", "--subresource=status", "-o", "json"))
        self.assertEqual(status["metadata"]["name"], "t")
        self.assertEqual(self.kubectl("get", "--raw", "/readyz"), "ok")
        raw = json.loads(self.kubectl("get", "--raw", self.path("configmaps")))
        self.assertEqual(raw["kind"], "ConfigMapList")


class WatchTest(conformance.Test):
    def watching(self, *flags):
        """The lines of a kubectl whose watch the server has accepted (which it says with -v=6)."""
        command = [grid.KUBECTL, "-n", self.namespace, "get", "configmaps", "--no-headers", "-v=6", *flags]
        watch = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.grid.env, bufsize=0)

        def end():
            watch.kill()
            watch.wait()
            watch.stdout.close()
            watch.stderr.close()

        self.addCleanup(end)
        grid.read_line(watch.stderr, "GET .*watch=true.* 200 OK")
        return watch.stdout

    def test_watch_shows_what_is_there_and_what_comes(self):
        self.create("configmaps", conformance.config_map("there"))
        lines = self.watching("--watch", "-l", "!hidden", "--output-watch-events")
        grid.read_line(lines, r"^ADDED +there ")
        self.kubectl("label", "configmap", "there", "colour=red")
        grid.read_line(lines, r"^MODIFIED +there ")
        self.kubectl("label", "configmap", "there", "hidden=yes")
        grid.read_line(lines, r"^DELETED +there ")
        self.kubectl("label", "configmap", "there", "hidden-")
        grid.read_line(lines, r"^ADDED +there ")

    def test_watch_only_leaves_out_what_was_there(self):
        self.create("configmaps", conformance.config_map("old"))
        lines = self.watching("--watch-only", "-o", "name")
        self.create("configmaps", conformance.config_map("new"))
        self.assertEqual(grid.read_line(lines, r"configmap/(\S+)").group(1), "new")


if __name__ == "__main__":
    unittest.main()
