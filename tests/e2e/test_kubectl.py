"""Stock kubectl against the grid: what people type all day."""

import json
import subprocess
import unittest

import grid

MANIFEST = """
apiVersion: noizy.dev/v1
kind: Task
metadata:
  name: {name}
  labels: {{app: demo}}
spec:
  exec:
    command: [echo, {name}]
"""


class KubectlTest(grid.GridTest):
    def apply(self, name, **options):
        return self.grid.kubectl("apply", "-f", "-", stdin=MANIFEST.format(name=name), **options)

    def test_apply_wait_get_describe_delete(self):
        self.assertEqual(self.apply("one"), "task.noizy.dev/one created\n")
        self.assertEqual(self.apply("one"), "task.noizy.dev/one unchanged\n")
        self.assertIn("condition met", self.grid.kubectl("wait", "--for=condition=Complete", "task/one", "--timeout=60s"))
        table = self.grid.kubectl("get", "tasks", "one")
        self.assertRegex(table.splitlines()[0], r"^NAME +PHASE +NODE ")
        self.assertRegex(table.splitlines()[1], r"^one +Succeeded ")
        self.assertEqual(self.grid.kubectl("get", "task", "one", "-o", "jsonpath={.status.result}"), "one\n")
        described = self.grid.kubectl("describe", "task", "one")
        self.assertIn("Succeeded", described)
        self.assertIn("Events:", described)
        self.assertEqual(self.grid.kubectl("delete", "task", "one"), 'task.noizy.dev "one" deleted\n')
        self.grid.kubectl("get", "task", "one", code=1)
        self.assertIn('Error from server (NotFound): tasks.noizy.dev "one" not found', self.grid.last.stderr)

    def test_watch_shows_a_task_from_beginning_to_end(self):
        watch = subprocess.Popen([grid.KUBECTL, "get", "tasks", "-w", "--no-headers", "-o", "custom-columns=N:.metadata.name,P:.status.phase"],
                                 stdout=subprocess.PIPE, env=self.grid.env, bufsize=0)
        try:
            self.apply("watched")
            grid.read_line(watch.stdout, r"^watched +Succeeded")
        finally:
            watch.kill()
            watch.wait()
            watch.stdout.close()

    def test_label_patch_and_selectors(self):
        self.apply("two")
        self.grid.kubectl("label", "task", "two", "tier=front")
        self.assertEqual(self.grid.kubectl("get", "tasks", "-l", "tier=front", "-o", "name"), "task.noizy.dev/two\n")
        self.grid.kubectl("patch", "task", "two", "--type=merge", "-p", '{"metadata":{"annotations":{"a":"b"}}}')
        self.grid.kubectl("patch", "task", "two", "--type=json", "-p", '[{"op":"remove","path":"/metadata/labels/tier"}]')
        self.assertEqual(self.grid.kubectl("get", "tasks", "-l", "tier", "-o", "name"), "")

    def test_nodes_and_discovery(self):
        self.grid.kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=60s")
        nodes = json.loads(self.grid.kubectl("get", "nodes.noizy.dev", "-o", "json"))["items"]
        self.assertEqual(nodes[0]["status"]["nodeInfo"]["os"], "linux")
        resources = self.grid.kubectl("api-resources", "--no-headers", "-o", "name").split()
        for name in ("tasks.noizy.dev", "nodes.noizy.dev", "certificates.noizy.dev", "namespaces", "leases.coordination.k8s.io"):
            self.assertIn(name, resources)
        self.assertIn("exec", self.grid.kubectl("explain", "task.spec"))
        self.assertIn("v1.32", self.grid.kubectl("version"))

    def test_mistakes_are_named(self):
        self.grid.kubectl("apply", "-f", "-", stdin=MANIFEST.format(name="Bad_Name"), code=1)
        self.assertIn("metadata.name", self.grid.last.stderr)
        self.grid.kubectl("apply", "-f", "-", stdin=MANIFEST.format(name="odd") + "  colour: red\n", code=1)
        self.assertIn("colour", self.grid.last.stderr)

    def test_namespaces_come_and_go_with_what_is_in_them(self):
        namespace = '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"team"}}'
        self.grid.kubectl("apply", "-f", "-", stdin=namespace)
        self.grid.kubectl("apply", "-n", "team", "-f", "-", stdin=MANIFEST.format(name="inner"))
        self.grid.kubectl("wait", "-n", "team", "--for=condition=Complete", "task/inner", "--timeout=60s")
        self.grid.kubectl("delete", "namespace", "team", "--timeout=60s")
        self.grid.kubectl("get", "-n", "team", "tasks", "inner", code=1)


if __name__ == "__main__":
    unittest.main()
