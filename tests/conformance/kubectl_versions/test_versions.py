"""A kubectl one version older, one newer, and the newest one that npm has: each does a day's work."""

import json
import subprocess

import conformance
import grid
import npm_packages


class VersionsTest(conformance.Test):
    UP_FLAGS = ("--no-agent", "--no-controllers")

    def work(self, version):
        """The same steps with each; the objects are named after the version."""
        program = npm_packages.layer_program("v" + version, "kubectl")
        task, config = "task-" + version, "config-" + version

        def kubectl(*arguments, **options):
            return self.grid.run(program, "-n", self.namespace, *arguments, **options)

        self.assertIn(f"v1.{version}.", kubectl("version", "--client"))
        manifest = json.dumps(conformance.task(task, suspend=True))
        self.assertEqual(kubectl("apply", "-f", "-", stdin=manifest), f"task.noizy.dev/{task} created\n")
        self.assertEqual(kubectl("apply", "-f", "-", stdin=manifest), f"task.noizy.dev/{task} unchanged\n")
        self.assertEqual(kubectl("create", "configmap", config, "--from-literal=a=b"), f"configmap/{config} created\n")
        self.assertEqual(kubectl("get", "configmap", config, "-o", "jsonpath={.data.a}"), "b")
        self.assertIn(f"{task} ", kubectl("get", "tasks"))
        self.assertIn("priority", kubectl("explain", "task.spec"))
        self.assertIn("tasks.noizy.dev", kubectl("api-resources", "-o", "name").split())
        kubectl("label", "task", task, "a=b")
        kubectl("patch", "task", task, "--type=merge", "-p", '{"spec":{"priority":1}}')
        self.assertIn("-  priority: 1", kubectl("diff", "-f", "-", stdin=manifest.replace('"suspend"', '"priority": 2, "suspend"'), code=1))
        self.assertRegex(kubectl("describe", "task", task), r"Labels: +a=b")
        self.wait_for(program, task)
        kubectl("delete", "task", task, "--wait=false")
        kubectl("patch", "task", task, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        kubectl("get", "task", task, code=1)
        kubectl("delete", "configmap", config)

    def wait_for(self, program, task):
        """kubectl 1.35 waits through a streaming list."""
        command = [program, "-n", self.namespace, "wait", "--for=jsonpath={.status.message}=here", "task/" + task, "--timeout=60s", "-v=6"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.grid.env, bufsize=0) as wait:
            grid.read_line(wait.stderr, "watch=true")
            self.request("PATCH", self.path("tasks.noizy.dev", task + "/status"), {"status": {"message": "here"}},
                         {"Content-Type": "application/merge-patch+json"})
            grid.read_line(wait.stdout, "condition met")

    def test_1_31(self):
        self.work("31")

    def test_1_33(self):
        self.work("33")

    def test_1_35(self):
        self.work("35")
