"""What stock kubectl finds out about the server, and what it makes of single objects: explain, describe, events, proxy."""

import subprocess
import urllib.request

import conformance
import grid


class DiscoveryTest(conformance.Test):
    def test_api_resources_and_versions(self):
        table = self.kubectl("api-resources", "--api-group=noizy.dev")
        self.assertRegex(table, r"(?m)^tasks +(\S+ +)?noizy\.dev/v1 +true +Task$")
        self.assertRegex(table, r"(?m)^nodes +(\S+ +)?noizy\.dev/v1 +false +Node$")
        namespaced = self.kubectl("api-resources", "--namespaced=false", "-o", "name").split()
        self.assertIn("nodes.noizy.dev", namespaced)
        self.assertNotIn("tasks.noizy.dev", namespaced)
        self.assertIn("list,patch", self.kubectl("api-resources", "--verbs=list,watch", "-o", "wide"))
        versions = self.kubectl("api-versions").split()
        self.assertLessEqual({"v1", "noizy.dev/v1", "coordination.k8s.io/v1"}, set(versions))

    def test_discovery_without_aggregation(self):
        for path, kind in (("/api", "APIVersions"), ("/apis", "APIGroupList"), ("/apis/noizy.dev", "APIGroup"),
                           ("/apis/noizy.dev/v1", "APIResourceList"), ("/api/v1", "APIResourceList")):
            self.assertEqual(self.request("GET", path).json["kind"], kind)

    def test_explain(self):
        shown = self.kubectl("explain", "task.spec.retry")
        self.assertRegex(shown, r"GROUP: +noizy.dev\nKIND: +Task\nVERSION: +v1\n")
        self.assertIn("FIELD: retry <Object>", shown)
        self.assertRegex(shown, r"limit\t<integer>")
        tree = self.kubectl("explain", "task", "--recursive")
        self.assertRegex(tree, r"(?m)^ +backoff\t<Object>\n +factor\t<")
        self.assertRegex(self.kubectl("explain", "task.spec.failover"), r"ENUM:\n +AtLeastOnce\n +AtMostOnce\n +Pinned\n")
        self.kubectl("explain", "task.spec.colour", code=1)
        self.assertIn('field "colour" does not exist', self.said)

    def test_explain_by_openapi_v2(self):
        shown = self.kubectl("explain", "task.spec.retry", "--output=plaintext-openapiv2")
        self.assertRegex(shown, r"KIND: +Task\nVERSION: +noizy.dev/v1\n")
        self.assertRegex(shown, r"limit\t<integer>")

    def test_version(self):
        self.assertRegex(self.kubectl("version"), r"Server Version: v1\.32\.\d+\+noizy")
        self.assertNotIn("WARNING", self.said)

    def test_describe_and_events(self):
        made = self.create("tasks.noizy.dev", conformance.task("told", {"colour": "red"}))
        about = {"apiVersion": "noizy.dev/v1", "kind": "Task", "name": "told", "namespace": self.namespace, "uid": made["metadata"]["uid"]}
        now = "2026-01-01T00:00:00Z"
        self.create("events", {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "told.1"}, "involvedObject": about, "type": "Warning",
                               "reason": "Odd", "message": "It looked odd", "count": 3, "firstTimestamp": now, "lastTimestamp": now,
                               "source": {"component": "a-test"}})
        described = self.kubectl("describe", "task", "told")
        self.assertRegex(described, r"Name: +told\n")
        self.assertRegex(described, r"Labels: +colour=red\n")
        self.assertRegex(described, r"Warning +Odd .*It looked odd")
        self.assertRegex(self.kubectl("events", "--for", "task/told", "--types=Warning"), r"Warning +Odd +Task/told +It looked odd")
        self.assertIn("It looked odd", self.kubectl("get", "events", "--field-selector=reason=Odd"))
        self.assertEqual(self.kubectl("get", "events", "--field-selector=type=Normal,reason=Odd"), "")

    def test_describe_a_namespace(self):
        self.assertRegex(self.kubectl("describe", "namespace", self.namespace), r"Status: +Active")

    def test_proxy(self):
        proxy = subprocess.Popen([grid.KUBECTL, "proxy", "--port=0"], stdout=subprocess.PIPE, env=self.grid.env, bufsize=0)
        try:
            port = grid.read_line(proxy.stdout, r"127\.0\.0\.1:(\d+)").group(1)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{self.path('tasks.noizy.dev')}", timeout=grid.STEP_SECONDS) as reply:
                self.assertIn(b'"kind":"TaskList"', reply.read())
        finally:
            proxy.kill()
            proxy.wait()
            proxy.stdout.close()
