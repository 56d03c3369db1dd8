"""kubectl's commands for what noizy has no kinds of: each ends with one plain error, and nothing is changed."""

import json

import conformance


class ElsewhereTest(conformance.Test):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.request("POST", f"/apis/noizy.dev/v1/namespaces/{cls.namespace}/tasks", conformance.task("t", suspend=True))

    def test_kinds_that_are_not_there(self):
        for arguments in (("get", "pods"), ("logs", "t"), ("exec", "t", "--", "ls"), ("port-forward", "t", "80"), ("attach", "t"),
                          ("run", "t", "--image=x"), ("create", "deployment", "d", "--image=x"), ("create", "job", "j", "--image=x"),
                          ("rollout", "status", "deployment/d"), ("rollout", "restart", "deployment", "d"), ("top", "nodes"), ("explain", "pods")):
            self.kubectl(*arguments, code=1)
            self.assertEqual(len(self.said.strip().splitlines()), 1, (arguments, self.said))
            self.assertNotIn("panic", self.said)

    def test_kinds_that_cannot_do_that(self):
        for arguments in (("rollout", "status", "task/t"), ("rollout", "undo", "task/t"), ("expose", "task", "t", "--port=80"),
                          ("scale", "task/t", "--replicas=2"), ("set", "image", "task/t", "a=b"), ("debug", "task/t", "--image=x")):
            self.kubectl(*arguments, code=1)
            self.assertNotIn("panic", self.said)
        self.assertEqual(self.request("GET", self.path("tasks.noizy.dev", "t")).json["metadata"]["generation"], 1)

    def test_services_are_looked_for_and_not_made(self):
        said = self.kubectl("cluster-info")
        self.assertIn("Kubernetes control plane", said)
        self.assertIn("https://127.0.0.1:", said)
        self.kubectl("get", "services", "-A")
        self.assertIn("No resources found", self.said)
        self.kubectl("create", "service", "clusterip", "s", "--tcp=80", code=1)
        self.assertIn("the server does not allow this method", self.said)

    def test_namespaces_that_stay(self):
        for namespace in ("default", "kube-system"):
            self.kubectl("delete", "namespace", namespace, code=1)
            self.assertIn(f'namespaces "{namespace}" is forbidden: this namespace may not be deleted', self.said)

    def test_a_namespace_that_hangs_is_finalized(self):
        """As people do it: without waiting for whoever holds it."""
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "hangs"}, "spec": {"finalizers": ["example.com/mine"]}}
        self.kubectl("create", "-f", "-", stdin=json.dumps(body))
        self.kubectl("delete", "namespace", "hangs", "--wait=false")
        self.assertRegex(self.kubectl("get", "namespace", "hangs"), r"hangs +Terminating")
        self.kubectl("wait", "namespace/hangs", "--for=jsonpath={.spec.finalizers[*]}=example.com/mine", "--timeout=30s")
        held = json.loads(self.kubectl("get", "namespace", "hangs", "-o", "json"))
        del held["spec"]["finalizers"], held["metadata"]["resourceVersion"]
        self.kubectl("replace", "--raw", "/api/v1/namespaces/hangs/finalize", "-f", "-", stdin=json.dumps(held))
        self.kubectl("get", "namespace", "hangs", code=1)
        self.assertIn('namespaces "hangs" not found', self.said)

    def test_what_is_there_at_the_root(self):
        paths = json.loads(self.kubectl("get", "--raw", "/"))["paths"]
        self.assertLessEqual({"/api/v1", "/apis/noizy.dev/v1", "/openapi/v3", "/readyz", "/version"}, set(paths))

    def test_a_scale_is_applied(self):
        fleet = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "fleets.elsewhere.example.com"},
                 "spec": {"group": "elsewhere.example.com", "scope": "Namespaced", "names": {"plural": "fleets", "kind": "Fleet"}, "versions": [
                     {"name": "v1", "served": True, "storage": True, "subresources": {"scale": {
                         "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}},
                      "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                          "spec": {"type": "object", "properties": {"replicas": {"type": "integer"}}}}}}}]}}
        self.kubectl("create", "-f", "-", stdin=json.dumps(fleet))
        self.addCleanup(self.kubectl, "delete", "crd", "fleets.elsewhere.example.com")
        self.kubectl("wait", "--for=condition=Established", "crd/fleets.elsewhere.example.com", "--timeout=30s")
        one = {"apiVersion": "elsewhere.example.com/v1", "kind": "Fleet", "metadata": {"name": "f"}, "spec": {"replicas": 1}}
        self.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(one))
        scale = '{"apiVersion": "autoscaling/v1", "kind": "Scale", "spec": {"replicas": 4}}'
        path = self.path("fleets.elsewhere.example.com", "f/scale", "fieldManager=scaler")
        apply = {"Content-Type": "application/apply-patch+yaml"}
        self.request("PATCH", path, scale, headers=apply, code=409)
        self.assertEqual(self.request("PATCH", path + "&force=true", scale, headers=apply).json["spec"]["replicas"], 4)
        self.assertEqual(self.kubectl("get", "fleet/f", "-o", "jsonpath={.spec.replicas}"), "4")
        shown = self.kubectl("get", "fleet/f", "--subresource=scale")
        self.assertRegex(shown, r"^NAME +DESIRED +AVAILABLE +AGE\nf +4 +0 +\d+s\n$")
        self.kubectl("scale", "fleet/f", "--replicas=5", "--current-replicas=3", code=1)
        self.assertIn("Expected replicas to be 3, was 4", self.said)
        self.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(one), code=1)
        self.assertIn('conflict with "scaler" with subresource "scale": .spec.replicas', self.said)
